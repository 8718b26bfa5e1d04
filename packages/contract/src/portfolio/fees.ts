import { z } from 'zod';
import { command, operator, query, scope } from '../declaration.ts';
import { CurrencyCode, NonNegativeAmount, PositiveAmount } from '../fields.ts';

const Percent = z
  .string()
  .regex(/^(\d{1,2}(\.\d{1,6})?|100)$/, 'a percentage from 0 to 100 with at most 6 decimals')
  .describe('Percent as decimal text: "0.25" is 0.25 %.');

const FeeTier = z.strictObject({
  upTo: PositiveAmount.nullable().describe('Where this slice of the worth ends; null on the last.'),
  percent: Percent,
});

/** One formula for all kinds: a sum per order, a percentage of each slice of the worth, and bounds of both together. */
const schedule = {
  currency: CurrencyCode.describe('Of what the trade is paid in.'),
  perOrder: NonNegativeAmount.default('0').describe('Of every trade, whatever it is worth.'),
  tiers: z
    .array(FeeTier)
    .max(10)
    .default([])
    .describe('Percent of each slice of what the trade is worth, in ascending order. One without an end is a plain percentage.'),
  minimum: NonNegativeAmount.default('0'),
  maximum: NonNegativeAmount.nullable().default(null),
};

export const FeeScheduleView = z.object({
  currency: z.string(),
  perOrder: z.string(),
  tiers: z.array(z.object({ upTo: z.string().nullable(), percent: z.string() })),
  minimum: z.string(),
  maximum: z.string().nullable(),
});

export const feeSchedules = query('cash.feeSchedules', {
  summary: 'What a trade costs where its fee is not told, by currency. In a currency that is not listed it costs nothing.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(FeeScheduleView) }),
  access: scope('read'),
  example: {},
});

export const setFeeSchedule = command('cash.setFeeSchedule', {
  summary: 'Say what trades in a currency cost from now on, where their fee is not told. What was recorded stays.',
  input: z.strictObject(schedule),
  output: FeeScheduleView,
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'FEE_SCHEDULE', action: 'UPDATE' },
  example: { currency: 'CLP', tiers: [{ upTo: null, percent: '0.25' }], minimum: '1000' },
});
