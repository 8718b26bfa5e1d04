import { z } from 'zod';
import { batch, command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, Instant, InstrumentSymbol, Name, PageLimit, pageOf, SessionDate } from '../fields.ts';

export const InstrumentView = z.object({
  id: Id,
  symbol: z.string(),
  name: z.string(),
  type: z.enum(['STOCK', 'ETF', 'BOND', 'CRYPTO', 'COMMODITY']),
  exchangeCode: z.string().nullable(),
  currencyCode: z.string(),
  isTradeable: z.boolean(),
});

export const listInstrument = command('market.listInstrument', {
  summary: 'Make an instrument known to the platform.',
  input: z.strictObject({
    symbol: InstrumentSymbol,
    name: Name,
    description: z.string().max(2000).optional(),
    type: InstrumentView.shape.type,
    exchangeCode: z.enum(['XNYS', 'XBOG', '24/7']),
    currencyCode: CurrencyCode,
  }),
  output: InstrumentView,
  access: operator('operate'),
  errors: ['SYMBOL_TAKEN'],
  audit: { entityType: 'INSTRUMENT', action: 'CREATE' },
  example: { symbol: 'DEMO', name: 'Demo instrument', type: 'STOCK', exchangeCode: 'XNYS', currencyCode: 'USD' },
});

export const instruments = query('market.instruments', {
  summary: 'The instruments of the platform by symbol, a page at a time.',
  input: z.strictObject({ cursor: InstrumentSymbol.optional(), limit: PageLimit }),
  output: pageOf(InstrumentView),
  access: scope('read'),
  example: {},
});

export const DailyBarView = z.object({
  date: SessionDate,
  open: Decimal.nullable(),
  high: Decimal.nullable(),
  low: Decimal.nullable(),
  close: Decimal,
  volume: Decimal.nullable(),
});

export const dailyBars = query('market.dailyBars', {
  summary: 'Daily bars of one instrument between two dates, oldest first, at most 2,000.',
  input: z.strictObject({ symbol: InstrumentSymbol, from: SessionDate, to: SessionDate }),
  output: z.object({ symbol: z.string(), bars: z.array(DailyBarView), truncated: z.boolean() }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example: { symbol: 'DEMO', from: '2018-01-01', to: '2018-12-31' },
});

const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$/, 'a time zone such as "America/Bogota"')
  .describe('An IANA time zone such as "America/Bogota".');

export const CandleView = z.object({
  start: Instant.describe('The first instant of the candle.'),
  open: Decimal,
  high: Decimal,
  low: Decimal,
  close: Decimal,
  volume: Decimal,
});

export const candles = query('market.candles', {
  summary:
    'Candles of one instrument by minute, hour or day, from its intraday bars: oldest first, a page at a time. The newest minutes are in them.',
  input: z.strictObject({
    symbol: InstrumentSymbol,
    interval: z.enum(['1m', '1h', '1d']),
    from: Instant.describe('Candles that start here or later.'),
    to: Instant.describe('Candles that start before this.'),
    timeZone: TimeZone.optional().describe('Whose days `1d` means; UTC when left out.'),
    limit: z.int().min(1).max(1000).default(500),
  }),
  output: z.object({
    symbol: z.string(),
    candles: z.array(CandleView),
    nextFrom: Instant.nullable().describe('The `from` of the next page; null on the last.'),
  }),
  access: scope('read'),
  errors: ['NOT_FOUND', 'INVALID_INPUT', 'BARS_NOT_KEPT'],
  example: { symbol: 'DEMO', interval: '1d', from: '2026-10-01T00:00:00Z', to: '2026-10-31T00:00:00Z' },
});

export const lastCandles = query('market.lastCandles', {
  summary:
    'The newest candle of each of up to 500 instruments, by hour or UTC day, from their intraday bars. Instruments without one are left out.',
  input: z.strictObject({ symbols: z.array(InstrumentSymbol).min(1).max(500), interval: z.enum(['1h', '1d']) }),
  output: z.object({ candles: z.array(CandleView.extend({ symbol: z.string() })) }),
  access: scope('read'),
  example: { symbols: ['DEMO'], interval: '1d' },
});

export const QuoteView = z.object({
  symbol: InstrumentSymbol,
  currencyCode: z.string(),
  price: Decimal.describe('The newest price on or before the valuation date.'),
  change: Decimal.nullable().describe("Against the previous session's close; null where there was none."),
  changePct: z.number().nullable().describe("Percent of the previous session's close: 1 is 1 %."),
  volume: Decimal.nullable().describe("Of the price's session so far; null where it is not known."),
  timestamp: z.int().describe('Epoch milliseconds: of the newest bar, or the close of the session that has only a daily bar.'),
  sessionDate: SessionDate,
});

export const quote = query('market.quote', {
  summary: 'The newest price of one instrument and its change since the session before; at most a second old.',
  input: z.strictObject({ symbol: InstrumentSymbol }),
  output: QuoteView,
  access: scope('read'),
  errors: ['NOT_FOUND', 'PRICE_MISSING'],
  example: { symbol: 'DEMO' },
});

/** Bars were inserted or corrected: from that day on, what was computed of an instrument is out of date. */
export const BarsImported = event('market.BarsImported', {
  aggregateType: 'BAR_IMPORT',
  payload: z.object({ importId: Id, changes: z.array(z.object({ instrumentId: Id, from: SessionDate })).max(500) }),
});

export const importBars = batch('market.importBars', {
  summary: 'Write a chunk-wise stream of bars into the series of their instruments.',
  input: z.strictObject({ source: z.string().min(1).max(500), resolution: z.string().max(8) }),
  output: z.object({ read: z.int(), inserted: z.int(), corrected: z.int(), unchanged: z.int(), rejected: z.int() }),
  access: system,
  audit: { entityType: 'DAILY_BARS', action: 'UPDATE' },
  example: { source: 'bars.csv', resolution: '1d' },
});

export const rollupsDue = query('market.rollupsDue', {
  summary: 'Whether intraday bars came whose hours and days are not rolled up yet.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const refreshRollups = batch('market.refreshRollups', {
  summary: 'Bring the hourly and daily rollups up to date, from what changed only.',
  input: z.strictObject({}),
  output: z.object({ buckets: z.int().describe('Hours and days that were rolled up.') }),
  access: system,
  audit: { entityType: 'MARKET_ROLLUP', action: 'UPDATE' },
  example: {},
});
