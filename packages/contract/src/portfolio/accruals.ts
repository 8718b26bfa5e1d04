import { z } from 'zod';
import { batch, command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, PositiveAmount, SessionDate } from '../fields.ts';

export const AccrualKind = z
  .enum(['INTEREST', 'ADVISORY_FEE'])
  .describe('INTEREST: on the cash of a currency, reserved or not. ADVISORY_FEE: on the total value of a portfolio in that base currency.');

export const AccrualDayCount = z
  .enum(['act/360', 'act/365f'])
  .describe('Each calendar day is one 360th or one 365th of a year, in leap years too.');

const Bps = z
  .string()
  .regex(/^(\d{1,4}(\.\d{1,6})?|10000)$/, 'hundredths of a percent a year, from 0 to 10000 with at most 6 decimals')
  .describe('Hundredths of a percent a year: "250" is 2.5 %.');

const AccrualTier = z.strictObject({
  upTo: PositiveAmount.nullable().describe('Where this slice of the sum ends; null on the last.'),
  bps: Bps,
});

export const AccrualRateView = z.object({
  kind: AccrualKind,
  currency: z.string(),
  validFrom: SessionDate,
  dayCount: AccrualDayCount,
  tiers: z.array(z.object({ upTo: z.string().nullable(), bps: z.string() })),
});

export const accrualRates = query('cash.accrualRates', {
  summary: 'What cash earns and what advice costs a year, by kind, currency and day. Where nothing is listed nothing accrues.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(AccrualRateView) }),
  access: scope('read'),
  example: {},
});

export const setAccrualRate = command('cash.setAccrualRate', {
  summary: 'Say what cash earns, or what advice costs, from a day of an open month on. Without slices nothing accrues from then on.',
  input: z.strictObject({
    kind: AccrualKind,
    currency: CurrencyCode,
    validFrom: SessionDate.describe('After the last day of the newest month that is posted.'),
    dayCount: AccrualDayCount,
    tiers: z.array(AccrualTier).max(10).describe('Of each slice of the sum, in ascending order. One without an end is a plain rate.'),
  }),
  output: AccrualRateView,
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'ACCRUAL_RATE', action: 'UPDATE' },
  example: {
    kind: 'ADVISORY_FEE',
    currency: 'CLP',
    validFrom: '2030-01-01',
    dayCount: 'act/365f',
    tiers: [
      { upTo: '50000000', bps: '80' },
      { upTo: null, bps: '50' },
    ],
  },
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };

export const AccrualView = z.object({
  kind: AccrualKind,
  currency: z.string(),
  since: SessionDate.describe('The first day that is not posted yet.'),
  through: SessionDate.describe('The last day that ended.'),
  accrued: Decimal.describe(
    'From `since` to `through`, with corrections of days before; not rounded. Interest is due to the investor, a fee from them.',
  ),
  carried: Decimal.describe('Left from the last posting: below the smallest unit, unpaid, or, below zero, posted too much.'),
  unpaid: Decimal.describe('Of `carried`, the fee that the cash could not pay.'),
  dayCount: AccrualDayCount.nullable().describe('Null where nothing accrues today.'),
  tiers: AccrualRateView.shape.tiers.describe('What holds today.'),
  postings: z
    .array(z.object({ through: SessionDate, amount: Decimal, transactionId: Id.nullable() }))
    .describe('The last twelve months that closed, newest first.'),
});

export const accruals = query('cash.accruals', {
  summary:
    'Interest and advisory fee of a portfolio that have accrued and are not posted yet, since when and at what rate, and what was posted.',
  input: z.strictObject({ portfolioId: Id }),
  output: z.object({ items: z.array(AccrualView) }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

/** The id space is cut into this many equal parts; one job each. */
export const ACCRUAL_SHARDS = 16;
const Shard = z
  .int()
  .min(0)
  .max(ACCRUAL_SHARDS - 1);

export const AccrualShardDue = event('cash.AccrualShardDue', {
  aggregateType: 'ACCRUAL_SHARD',
  payload: z.object({ shard: Shard, runKey: z.string().max(64), through: SessionDate }),
});

/** Interest or fees moved by those ledger transactions, each of one portfolio. */
export const AccrualsPosted = event('cash.AccrualsPosted', {
  aggregateType: 'ACCRUAL_SHARD',
  payload: z.object({ transactionIds: z.array(Id).min(1).max(1_000) }),
});

export const accrualsDue = query('cash.accrualsDue', {
  summary: 'Whether a month that ended waits to be posted.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean(), through: SessionDate }),
  access: system,
  example: {},
});

export const dispatchAccruals = command('cash.dispatchAccruals', {
  summary: 'Ask for one job for each part of the id space where the month that ended waits to be posted.',
  input: z.strictObject({}),
  output: z.object({ runKey: z.string(), through: SessionDate, shards: z.array(Shard) }),
  access: system,
  audit: { entityType: 'CASH_ACCRUAL', action: 'UPDATE' },
  replay: 'none',
  example: {},
});

export const postAccruals = batch('cash.postAccruals', {
  summary:
    'Post what accrued up to the end of a month to the portfolios of one part of the id space, one ledger transaction each kind and currency.',
  input: AccrualShardDue.payload.strict(),
  output: z.object({ portfolios: z.int(), posted: z.int() }),
  access: system,
  audit: { entityType: 'CASH_ACCRUAL', action: 'UPDATE' },
  example: { shard: 0, runKey: 'example', through: '2018-01-31' },
});
