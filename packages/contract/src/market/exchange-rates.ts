import { z } from 'zod';
import { command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, Instant } from '../fields.ts';

/** As numeric(20,10) holds it, above zero. */
const Rate = z
  .string()
  .max(21)
  .regex(/^(?=.*[1-9])\d{1,10}(\.\d{1,10})?$/, 'a positive decimal such as "3950.25" with at most 10 decimals')
  .describe('One unit of `from` is this many of `to`. Enter the direction that has more digits: the other one follows from it.');

export const EnteredRate = z.strictObject({
  from: CurrencyCode,
  to: CurrencyCode,
  rate: Rate,
  asOf: Instant.describe('Since when it is true.'),
});

const example = { from: 'EUR', to: 'USD', rate: '1.0845', asOf: '2018-01-02T14:00:00Z' };

export const setRates = command('market.setRates', {
  summary:
    'Enter exchange rates, or mend entered ones: of a pair and a time there is one. What was valued by others since then is valued again.',
  input: z.strictObject({
    source: z.string().trim().min(1).max(100).describe('Where they come from.'),
    rates: z.array(EnteredRate).min(1).max(1000),
  }),
  output: z.object({ inserted: z.int(), corrected: z.int(), unchanged: z.int() }),
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'FX_RATE', action: 'UPDATE' },
  example: { source: 'treasury desk', rates: [example] },
});

/** Rates of these pairs are other ones from those times on. */
export const RatesSet = event('market.RatesSet', {
  aggregateType: 'FX_RATES',
  payload: z.object({ entryId: Id, changes: z.array(z.object({ from: CurrencyCode, to: CurrencyCode, since: Instant })).max(1000) }),
});

export const KnownRateView = z.object({
  from: z.string(),
  to: z.string(),
  rate: Decimal,
  asOf: Instant,
  source: z.string(),
});

export const ExchangeRateView = z.object({
  from: z.string(),
  to: z.string(),
  rate: Decimal.describe('One unit of `from` is this many of `to`, to 18 digits.'),
  asOf: Instant.nullable().describe('Of the oldest rate that it comes from; null where both currencies are one.'),
  isStale: z.boolean().describe('Older than a valuation takes without a mark.'),
  path: z.enum(['same', 'direct', 'inverse', 'cross']).describe('As entered, one over what was entered, or by way of the pivot currency.'),
  legs: z.array(KnownRateView).describe('The entered rates that it comes from.'),
});

const Pair = { from: CurrencyCode, to: CurrencyCode };
const At = Instant.optional().describe('The moment; the valuation date with its session closed, or now, when left out.');

export const rate = query('market.rate', {
  summary: 'The exchange rate of a pair at a moment: the newest then, entered so, the other way round, or by way of the pivot currency.',
  input: z.strictObject({ ...Pair, at: At }),
  output: ExchangeRateView,
  access: scope('read'),
  errors: ['FX_RATE_MISSING'],
  example: { from: 'EUR', to: 'EUR' },
});

export const rates = query('market.rates', {
  summary: 'The newest entered rate of each pair at a moment, by pair, at most 500.',
  input: z.strictObject({ at: At }),
  output: z.object({ at: Instant, items: z.array(KnownRateView) }),
  access: scope('read'),
  example: {},
});

const AgeHours = z.int().min(1).max(8760);

const SpreadBps = z
  .string()
  .max(9)
  .regex(/^\d{1,4}(\.\d{1,4})?$/, 'a decimal from "0" to "9999.9999"');

const SpreadsView = z
  .array(z.object({ from: z.string(), to: z.string(), spreadBps: Decimal }))
  .describe('Pairs whose exchange costs something else, either way round.');

export const RatePolicyView = z.object({
  pivotCurrency: z.string().describe('By way of it a rate is found that nobody entered.'),
  valuationAgeHoursMax: z.int().describe('Older than this a rate marks what it values as stale.'),
  exchangeAgeHoursMax: z.int().describe('Older than this a rate exchanges nothing: FX_RATE_STALE.'),
  spreadBps: Decimal.describe('Taken of what an exchange brings: 50 is 0.5 %. Of pairs that have none of their own.'),
  spreads: SpreadsView,
});

export const ratePolicy = query('market.ratePolicy', {
  summary: 'How old an exchange rate may be, by way of which currency missing ones are found, and what an exchange costs.',
  input: z.strictObject({}),
  output: RatePolicyView,
  access: scope('read'),
  example: {},
});

export const setRatePolicy = command('market.setRatePolicy', {
  summary: 'Change how the platform uses exchange rates; what is left out stays.',
  input: z.strictObject({
    pivotCurrency: CurrencyCode.optional(),
    valuationAgeHoursMax: AgeHours.optional(),
    exchangeAgeHoursMax: AgeHours.optional(),
    spreadBps: SpreadBps.optional(),
  }),
  output: RatePolicyView,
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'FX_POLICY', action: 'UPDATE' },
  example: { spreadBps: '50' },
});

export const setSpread = command('market.setSpread', {
  summary: 'Set what an exchange of one pair costs, either way round, from the next exchange on; null: what every other pair costs.',
  input: z.strictObject({ ...Pair, spreadBps: SpreadBps.nullable() }),
  output: z.object({ spreads: SpreadsView }),
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'FX_POLICY', action: 'UPDATE' },
  example: { from: 'USD', to: 'EUR', spreadBps: '35' },
});

export const pullRates = command('market.pullRates', {
  summary: 'Enter the exchange rates that a source published last.',
  input: z.strictObject({}),
  output: z.object({
    source: z.string(),
    asOf: Instant,
    inserted: z.int(),
    corrected: z.int(),
    unchanged: z.int(),
    skipped: z.int().describe('Of currencies that are no longer in use.'),
  }),
  access: system,
  errors: ['INVALID_INPUT', 'RATE_SOURCE_STALE', 'RATE_SOURCE_UNREADABLE', 'UNAVAILABLE'],
  audit: { entityType: 'FX_RATE', action: 'UPDATE' },
  example: {},
});

/** The policy changed: what was valued may be stale now, or no longer. */
export const RatePolicySet = event('market.RatePolicySet', { aggregateType: 'FX_POLICY', payload: z.object({}) });
