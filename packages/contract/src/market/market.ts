import { z } from 'zod';
import { batch, command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, InstrumentSymbol, Name, PageLimit, pageOf, SessionDate } from '../fields.ts';

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
