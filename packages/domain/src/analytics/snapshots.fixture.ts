import type { LocalDate } from '@trii/kernel';
import { newId, systemClock, tradingCalendar } from '@trii/kernel';
import {
  createPortfolio,
  createUser,
  post,
  type BuiltInstrument,
  type BuiltPortfolio,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { localOrigin, systemActor, type BatchCall } from '../platform/index.ts';
import { dispatchSnapshotsHandler } from './dispatch-snapshots.ts';
import { snapshotsDueHandler } from './find-due-snapshots.ts';
import { snapshotPortfoliosHandler } from './snapshot-portfolios.ts';

const actor = systemActor('test');
const call = (input: unknown) => ({ actor, input, origin: localOrigin(newId()) });

export const sessionsOf = (from: LocalDate, to: LocalDate): LocalDate[] => tradingCalendar('XNYS').sessions(from, to);

/** Prices that move like prices, the same in every run: 100 and up to 3 % up or down a day. */
export function wavyCloses(sessions: readonly LocalDate[]): Record<string, string> {
  return Object.fromEntries(sessions.map((date, day) => [date, (100 + 40 * Math.sin(day / 50) + 5 * Math.sin(day * 1.7)).toFixed(4)]));
}

export async function openPortfolio(database: TestDatabase, openedOn: LocalDate): Promise<BuiltPortfolio> {
  return createPortfolio(database, { userId: (await createUser(database)).id, openedOn });
}

interface Deal {
  readonly instrument: BuiltInstrument;
  readonly quantity: string;
  /** What it cost, fees and all. */
  readonly cost: string;
  readonly date: LocalDate;
}

export const buy = (database: TestDatabase, portfolio: BuiltPortfolio, { instrument, quantity, cost, date }: Deal): Promise<string> =>
  post(database, {
    portfolio,
    kind: 'BUY',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount: `-${cost}` },
      { account: 'trading', asset: 'USD', amount: cost },
      { account: 'trading', asset: instrument.id, amount: `-${quantity}` },
      { account: 'holding', asset: instrument.id, amount: quantity, costBasis: cost },
    ],
  });

export const withdraw = (
  database: TestDatabase,
  portfolio: BuiltPortfolio,
  { amount, date }: { readonly amount: string; readonly date: LocalDate },
): Promise<string> =>
  post(database, {
    portfolio,
    kind: 'WITHDRAWAL',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount: `-${amount}` },
      { account: 'external', asset: 'USD', amount },
    ],
  });

export async function valueAt(platform: TestPlatform, date: LocalDate): Promise<void> {
  await platform.inspect('UPDATE valuation_clock SET valuation_date = $1, updated_at = $2', [date, systemClock.now()]);
}

export const due = (platform: TestPlatform, look: 'changed' | 'session' | 'all') =>
  platform.executor.run(snapshotsDueHandler, call({ look }));
export const dispatch = (platform: TestPlatform, look: 'changed' | 'session' | 'all' = 'all') =>
  platform.executor.run(dispatchSnapshotsHandler, call({ look }));

export interface ShardInput {
  readonly shard: number;
  readonly runKey: string;
  readonly through: string;
}

export const runShard = (platform: TestPlatform, input: ShardInput, options: Pick<BatchCall, 'onChunk' | 'signal' | 'completes'> = {}) =>
  platform.executor.batch(snapshotPortfoliosHandler, { ...call(input), ...options });

/** Dispatches and runs what was asked for, as the workers would. @returns what the runs answered, added up */
export async function writeSnapshots(
  platform: TestPlatform,
  look: 'changed' | 'session' | 'all' = 'all',
): Promise<{ portfolios: number; snapshots: number; failed: number }> {
  await dispatch(platform, look);
  const sum = { portfolios: 0, snapshots: 0, failed: 0 };
  const events = await platform.inspect<{ id: string; payload: ShardInput }>(
    `SELECT o.id, o.payload FROM outbox o JOIN deliveries d ON d.event_id = o.id WHERE d.job_name = 'snapshot-portfolios' AND d.status <> 'done'`,
  );
  for (const { id, payload } of events) {
    const result = await runShard(platform, payload, { completes: { eventId: id, jobName: 'snapshot-portfolios' } });
    sum.portfolios += result.portfolios;
    sum.snapshots += result.snapshots;
    sum.failed += result.failed;
  }
  return sum;
}

/** All of a portfolio's snapshots but what tells one run from another: ids and times. */
export const snapshotsOf = (platform: TestPlatform, portfolioId: string): Promise<Record<string, unknown>[]> =>
  platform.inspect(
    `SELECT snapshot_date::text AS date, total_value, cash_balance, invested_amount, inflow, outflow, is_stale, daily_return, total_return, volatility,
       sharpe_ratio, max_drawdown, allocation_breakdown FROM portfolio_snapshots WHERE portfolio_id = $1 ORDER BY snapshot_date`,
    [portfolioId],
  );

/** The newest snapshot's date as the portfolio notes it. */
export const reachOf = async (platform: TestPlatform, portfolioId: string): Promise<string | null | undefined> =>
  (
    await platform.inspect<{ through: string | null }>('SELECT snapshots_through::text AS through FROM portfolios WHERE id = $1', [
      portfolioId,
    ])
  )[0]?.through;

export const shardOf = (portfolioId: string): number => Number.parseInt(portfolioId.slice(-1), 16);
