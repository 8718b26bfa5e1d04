import { z } from 'zod';
import { command, feed, query, scope } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, Instant, Name, SessionDate, Statistic } from '../fields.ts';
import { ExchangeRateView } from '../market/index.ts';

export const PortfolioStatus = z.enum(['ACTIVE', 'SUSPENDED', 'CLOSED']);

export const PortfolioView = z.object({
  id: Id,
  name: z.string(),
  description: z.string().nullable(),
  baseCurrency: z.string(),
  status: PortfolioStatus,
  openedOn: SessionDate,
});

export const open = command('portfolio.open', {
  summary: 'Open a portfolio. `openedOn` may lie in the past, so that history can be recorded.',
  input: z.strictObject({
    name: Name,
    description: z.string().max(500).optional(),
    baseCurrency: CurrencyCode.default('USD'),
    openedOn: SessionDate.optional(),
  }),
  output: PortfolioView,
  access: scope('write'),
  errors: ['DATE_IN_FUTURE', 'INVALID_INPUT'],
  audit: { entityType: 'PORTFOLIO', action: 'CREATE' },
  example: { name: 'Retirement' },
});

export const list = query('portfolio.list', {
  summary: 'All portfolios of the investor, newest first, at most 200.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(PortfolioView) }),
  access: scope('read'),
  example: {},
});

export const PositionView = z.object({
  instrumentId: Id,
  symbol: z.string(),
  name: z.string(),
  quantity: Decimal,
  avgCost: Decimal,
  costBasis: Decimal,
  currencyCode: z.string().describe('Of the price; costs and values are in the base currency.'),
  currentPrice: Decimal.nullable().describe('Null while no price is known: never zero, never the cost.'),
  priceDate: SessionDate.nullable(),
  currentValue: Decimal.nullable().describe('Quantity times price, at the rate of its currency; null without price or rate.'),
  unrealizedPnl: Decimal.nullable(),
  allocationPercentage: z.number().nullable().describe("Percent of the portfolio's total value: 1 is 1 %."),
});

export const PerformanceView = z.object({
  dailyReturn: Statistic,
  totalReturn: Statistic.describe('Time-weighted, since inception: 0.01 is 1 %. Null before the first return.'),
  volatility: Statistic.describe('Of a year, from all daily returns since inception: 0.01 is 1 %. Null below two returns.'),
  sharpeRatio: Statistic.describe('Of a year, over 3 % risk-free. Null below two returns and without variance.'),
  maxDrawdown: Statistic.describe('Deepest fall from a peak since inception, positive: 0.01 is 1 %. Null below two returns.'),
});

const OtherCash = {
  otherCash: z
    .array(
      z.object({
        currency: z.string(),
        available: Decimal,
        reserved: Decimal,
        value: Decimal.nullable().describe('Of both, in the base currency; null without a rate.'),
      }),
    )
    .describe('Cash in other currencies.'),
};

/** What values in other currencies were told by. */
export const UsedRates = {
  rates: z.array(ExchangeRateView).describe('By which values of other currencies were told, with their times; empty where there is none.'),
  missingRates: z
    .array(z.object({ from: z.string(), to: z.string(), at: Instant }))
    .describe('FX_RATE_MISSING: pairs without any rate at that moment, which leave values null.'),
};

export const PortfolioSummaryView = PortfolioView.extend({
  valuationDate: SessionDate,
  lastEntryDate: SessionDate.nullable().describe('Of the newest ledger entry; null while nothing was recorded.'),
  cashBalance: Decimal.describe('Available, in the base currency.'),
  ...OtherCash,
  ...UsedRates,
  accruedDividends: Decimal.nullable().describe('Of `dividendsDue`, in the base currency; null without a rate. Part of `totalValue`.'),
  dividendsDue: z
    .array(z.object({ symbol: z.string(), exDate: SessionDate, payDate: SessionDate, currency: z.string(), amount: Decimal }))
    .describe('Earned since the ex date and not paid yet, after tax. A reinvested one is due until it has bought units.'),
  investedAmount: Decimal,
  realizedPnl: Decimal,
  unrealizedPnl: Decimal.nullable().describe('Null when a held instrument has no price at all.'),
  totalValue: Decimal.nullable(),
  dailyReturn: Decimal.nullable().describe(
    'Money gained in the session of the newest snapshot, flows apart; null before the first and on a stale day. The fraction is in `performance`.',
  ),
  positions: z.array(PositionView),
  performance: PerformanceView.extend({ snapshotDate: SessionDate })
    .nullable()
    .describe('From the newest snapshot; null before the first.'),
});

export const summary = query('portfolio.summary', {
  summary:
    'Positions, value and performance of one portfolio at the valuation date. What was written is there at once; a price may be 30 s old.',
  input: z.strictObject({ portfolioId: Id }),
  output: PortfolioSummaryView,
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example: { portfolioId: '00000000-0000-7000-8000-000000000001' },
});

export const SnapshotView = PerformanceView.extend({
  date: SessionDate,
  totalValue: Decimal,
  cashBalance: Decimal,
  accruedDividends: Decimal.describe('Earned and not paid yet; part of `totalValue`.'),
  investedAmount: Decimal,
  inflow: Decimal,
  outflow: Decimal,
  isStale: z
    .boolean()
    .describe('A held instrument had no close in this session, or an exchange rate was too old; the day leaves no return.'),
  rates: z
    .array(ExchangeRateView.omit({ legs: true }))
    .describe('By which values of other currencies were told; empty where everything was in the base currency.'),
});

export const history = query('portfolio.history', {
  summary: 'Nightly snapshots between two dates, oldest first, at most `limit`; the cursor is the next date.',
  input: z.strictObject({
    portfolioId: Id,
    from: SessionDate.optional(),
    to: SessionDate.optional(),
    limit: z.int().min(1).max(5000).default(1000),
  }),
  output: z.object({ items: z.array(SnapshotView), nextFrom: SessionDate.nullable() }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example: { portfolioId: '00000000-0000-7000-8000-000000000001' },
});

export const LedgerPosted = event('portfolio.LedgerPosted', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, transactionId: Id, effectiveDate: SessionDate }),
});

export const PortfolioOpened = event('portfolio.PortfolioOpened', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id }),
});

export const LiveEventView = z.object({ id: z.string(), name: z.string(), portfolioId: Id.nullable() });

export const updates = feed('portfolio.updates', {
  summary: 'What changes in the investor\'s portfolios, as it happens. A frame of kind "gap" says that events were missed: read again.',
  input: z.strictObject({
    lastEventId: z
      .string()
      .regex(/^\d+-\d+$/)
      .optional(),
  }),
  output: z.object({ kind: z.enum(['snapshot', 'events', 'gap']), events: z.array(LiveEventView) }),
  access: scope('read'),
  example: {},
});
