import { z } from 'zod';
import { command, feed, query, scope } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, Name, SessionDate, Statistic } from '../fields.ts';

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
  /** Null while no price is known: never zero, never the cost. */
  currentPrice: Decimal.nullable(),
  priceDate: SessionDate.nullable(),
  currentValue: Decimal.nullable(),
  unrealizedPnl: Decimal.nullable(),
  /** Percent of the portfolio's total value: 1 is 1 %. */
  allocationPercentage: z.number().nullable(),
});

export const PerformanceView = z.object({
  /** Fractions: 0.01 is 1 %. Since inception; null below two returns. */
  dailyReturn: Statistic,
  totalReturn: Statistic,
  volatility: Statistic,
  sharpeRatio: Statistic,
  maxDrawdown: Statistic,
});

export const PortfolioSummaryView = PortfolioView.extend({
  valuationDate: SessionDate,
  /** Of the newest ledger entry; null while nothing was recorded. */
  lastEntryDate: SessionDate.nullable(),
  cashBalance: Decimal,
  investedAmount: Decimal,
  realizedPnl: Decimal,
  /** Null when a held instrument has no price at all. */
  unrealizedPnl: Decimal.nullable(),
  totalValue: Decimal.nullable(),
  positions: z.array(PositionView),
  /** From the newest snapshot; null before the first. */
  performance: PerformanceView.extend({ snapshotDate: SessionDate }).nullable(),
});

export const summary = query('portfolio.summary', {
  summary: 'Positions, value and performance of one portfolio at the valuation date.',
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
  investedAmount: Decimal,
  inflow: Decimal,
  outflow: Decimal,
  /** A held instrument had no close in this session; the day leaves no return. */
  isStale: z.boolean(),
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
