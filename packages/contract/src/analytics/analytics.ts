import { z } from 'zod';
import { batch, command, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Id, SessionDate, Statistic } from '../fields.ts';
import { ActionChanged, BarsImported, RatesSet } from '../market/index.ts';

/** The id space is cut into this many equal parts; one job each. Fixed, so that a part always means the same portfolios. */
export const SNAPSHOT_SHARDS = 16;
const Shard = z
  .int()
  .min(0)
  .max(SNAPSHOT_SHARDS - 1);

export const SnapshotShardDue = event('analytics.SnapshotShardDue', {
  aggregateType: 'SNAPSHOT_SHARD',
  payload: z.object({ shard: Shard, runKey: z.string().max(64), through: SessionDate }),
});

export const SnapshotsUpdated = event('analytics.SnapshotsUpdated', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, through: SessionDate }),
});

/** A portfolio could not be valued from that session on: a price or a rate is missing. It is tried again later. */
export const SnapshotsBlocked = event('analytics.SnapshotsBlocked', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, date: SessionDate, reason: z.enum(['PRICE_MISSING', 'FX_RATE_MISSING']), asset: z.string() }),
});

/**
 * How far to look for work. `changed`: portfolios whose ledger changed; costs nothing when there are none. `session`: also those
 * that lack the newest session. Both leave alone for an hour what could not be done; `all` does not.
 */
export const SnapshotLook = z.enum(['changed', 'session', 'all']);

export const snapshotsDue = query('analytics.snapshotsDue', {
  summary: 'In which parts of the id space snapshots are due, leaving out those whose job is under way.',
  input: z.strictObject({ look: SnapshotLook }),
  output: z.object({ through: SessionDate.nullable(), portfolios: z.int(), shards: z.array(Shard), busy: z.array(Shard) }),
  access: system,
  example: { look: 'changed' },
});

export const dispatchSnapshots = command('analytics.dispatchSnapshots', {
  summary: 'Find the parts of the id space with portfolios whose snapshots are due, and ask for one job each.',
  input: z.strictObject({ look: SnapshotLook.default('all') }),
  output: z.object({ runKey: z.string(), shards: z.array(Shard), portfolios: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  replay: 'none',
  example: {},
});

export const reopenSnapshots = batch('analytics.reopenSnapshots', {
  summary: 'Mark the snapshots that changed bars put out of date, so that they are written again.',
  input: BarsImported.payload.strict(),
  output: z.object({ portfolios: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  example: { importId: '00000000-0000-7000-8000-000000000003', changes: [] },
});

export const reopenForActions = batch('analytics.reopenForActions', {
  summary: 'Mark the snapshots that a corporate action of an earlier day puts out of date, so that they are written again.',
  input: ActionChanged.payload.strict(),
  output: z.object({ portfolios: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  example: {
    actionId: '00000000-0000-7000-8000-000000000004',
    instrumentId: '00000000-0000-7000-8000-000000000002',
    exDate: '2018-01-02',
    status: 'ANNOUNCED',
  },
});

export const reopenForRates = batch('analytics.reopenForRates', {
  summary: 'Mark the snapshots that changed exchange rates put out of date, so that they are written again.',
  input: RatesSet.payload.strict(),
  output: z.object({ portfolios: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  example: { entryId: '00000000-0000-7000-8000-000000000004', changes: [] },
});

export const snapshotPortfolios = batch('analytics.snapshotPortfolios', {
  summary: 'Write the nightly snapshots of one part of the id space up to a date, from where each portfolio stands.',
  input: SnapshotShardDue.payload.strict(),
  output: z.object({ portfolios: z.int(), snapshots: z.int(), failed: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO_SNAPSHOT', action: 'UPDATE' },
  example: { shard: 0, runKey: 'example', through: '2018-01-02' },
});

export const PeriodPerformanceView = z.object({
  from: SessionDate,
  to: SessionDate,
  totalReturn: Statistic.describe('Time-weighted over the period: 0.01 is 1 %. Null without any return.'),
  annualizedReturn: Statistic.describe('Mean daily return x 252: 0.01 is 1 %. Null without any return.'),
  volatility: Statistic.describe('Of a year, from the daily returns of the period: 0.01 is 1 %. Null below two.'),
  sharpeRatio: Statistic.describe('Of a year, over 3 % risk-free. Null below two returns, 0 when all are the same.'),
  maxDrawdown: Statistic.describe('Deepest fall from a peak of the period, whose start counts as one; positive: 0.01 is 1 %.'),
});

export const performance = query('analytics.performance', {
  summary: 'How a portfolio did between two dates, both included, from its snapshots. The last 30 days when left out.',
  input: z.strictObject({ portfolioId: Id, from: SessionDate.optional(), to: SessionDate.optional() }),
  output: PeriodPerformanceView,
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example: { portfolioId: '00000000-0000-7000-8000-000000000001' },
});
