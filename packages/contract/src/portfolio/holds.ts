import { z } from 'zod';
import { batch, command, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, InstrumentSymbol, Instant, pageOf, PositiveAmount } from '../fields.ts';

export const HoldStatus = z.enum(['ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED']);
export const HoldHolder = z
  .enum(['INVESTOR', 'ORDER', 'PAYMENT'])
  .describe('Whom it serves. Only an INVESTOR hold is changed and released by hand: the others end with what they serve.');

export const HoldView = z.object({
  id: Id,
  portfolioId: Id,
  holder: HoldHolder,
  status: HoldStatus,
  currency: z.string().nullable().describe('What is held, if it is money.'),
  symbol: z.string().nullable().describe('What is held, if it is units of an instrument.'),
  amount: Decimal.describe('All that was ever held by it, as last raised or lowered.'),
  consumedAmount: Decimal,
  remainingAmount: Decimal.describe('Kept from every other use now; zero once it ended.'),
  reason: z.string(),
  expiresAt: Instant.nullable().describe('Given back within a minute of then; null: never by itself.'),
  createdAt: Instant,
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };
const holdId = '00000000-0000-7000-8000-000000000004';
const audit = { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' } as const;
const ExpiresAt = Instant.describe('In the future; an instant of UTC such as "2030-01-31T12:00:00Z".');

export const holds = query('portfolio.holds', {
  summary: 'What is kept of cash and units for something, newest first.',
  input: z.strictObject({
    portfolioId: Id,
    show: z.enum(['active', 'all']).default('active'),
    cursor: Id.optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  }),
  output: pageOf(HoldView),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const placeHold = command('portfolio.placeHold', {
  summary: 'Keep cash, or units of an instrument, from every other use until released or expired: an earmark.',
  input: z
    .strictObject({
      portfolioId: Id,
      currency: CurrencyCode.optional(),
      symbol: InstrumentSymbol.optional(),
      amount: PositiveAmount.describe('Of money, or units of the instrument.'),
      reason: z.string().trim().min(1).max(200),
      expiresAt: ExpiresAt.optional(),
    })
    .refine(({ currency, symbol }) => (currency === undefined) !== (symbol === undefined), 'either currency or symbol'),
  output: HoldView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'INSUFFICIENT_CASH', 'INSUFFICIENT_QUANTITY', 'INVALID_INPUT'],
  audit,
  example: { ...example, currency: 'USD', amount: '10.00', reason: 'rent' },
});

export const changeHold = command('portfolio.changeHold', {
  summary: 'Raise or lower a hold, or move its expiry. Lowered to what was consumed of it, it is used up.',
  input: z.strictObject({
    portfolioId: Id,
    holdId: Id,
    amount: PositiveAmount.optional().describe('All it shall hold, what was consumed included.'),
    expiresAt: ExpiresAt.nullable().optional().describe('Null: no expiry from now on.'),
  }),
  output: HoldView,
  access: scope('write'),
  errors: [
    'NOT_FOUND',
    'PORTFOLIO_NOT_ACTIVE',
    'HOLD_ENDED',
    'HOLD_IN_USE',
    'HOLD_TOO_SMALL',
    'INSUFFICIENT_CASH',
    'INSUFFICIENT_QUANTITY',
    'INVALID_INPUT',
  ],
  audit,
  example: { ...example, holdId, amount: '12.00' },
});

export const releaseHold = command('portfolio.releaseHold', {
  summary: 'End a hold: what is left of it is available again.',
  input: z.strictObject({ portfolioId: Id, holdId: Id }),
  output: HoldView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'HOLD_ENDED', 'HOLD_IN_USE'],
  audit,
  example: { ...example, holdId },
});

/** Nobody released it in time: what it kept is available again. */
export const HoldExpired = event('portfolio.HoldExpired', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, holdId: Id }),
});

export const holdsDue = query('portfolio.holdsDue', {
  summary: 'Whether a hold has expired and still keeps something.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const expireHolds = batch('portfolio.expireHolds', {
  summary: 'Give back what expired holds keep, each by a ledger transaction of its own.',
  input: z.strictObject({ runKey: z.string().min(1).max(60).describe('Names the run; the same one goes on where it stopped.') }),
  output: z.object({ holds: z.int() }),
  access: system,
  audit: { entityType: 'HOLD', action: 'UPDATE' },
  example: { runKey: 'example' },
});
