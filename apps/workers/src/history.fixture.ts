import { localOrigin, requestJobHandler, snapshotPortfoliosHandler, systemActor } from '@trii/domain';
import { type LocalDate, newId, tradingCalendar } from '@trii/kernel';
import {
  type BuiltInstrument,
  type BuiltPortfolio,
  createDailyBars,
  createInstrument,
  createPortfolio,
  createUser,
  deposit,
  personalKeys,
  post,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import type { WorkersConfig } from './start-workers.ts';

export const sessionsOf = (from: LocalDate, to: LocalDate): LocalDate[] => tradingCalendar('XNYS').sessions(from, to);

/** Waits until it is so, looking often; what it waits for must come by itself. */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a worker process is given for this database, with short deadlines so that a test need not wait for long ones. */
export const settingsOf = (database: TestDatabase, given: Partial<WorkersConfig> = {}): WorkersConfig => ({
  DATABASE_WORKER_URL: database.servers.DATABASE_WORKER_URL,
  REDIS_QUEUE_URL: database.servers.REDIS_QUEUE_URL,
  REDIS_CACHE_URL: database.servers.REDIS_CACHE_URL,
  ...personalKeys,
  WORKERS_PORT: 0,
  HOST: '127.0.0.1',
  AUDIT_SIGNING_KEY: 'A'.repeat(43),
  QUEUE_PREFIX: 'test',
  JOB_LOCK_MS: 1_000,
  JOB_STALLED_MS: 500,
  JOB_OVERDUE_SECONDS: 120,
  ...given,
});

export interface History {
  readonly sessions: readonly LocalDate[];
  readonly instrument: BuiltInstrument;
  readonly portfolios: readonly BuiltPortfolio[];
}

/** Investors with one portfolio each, who paid in and bought four times a year; valued at the last session. */
export async function writeHistory(
  database: TestDatabase,
  platform: TestPlatform,
  given: { readonly sessions: readonly LocalDate[]; readonly investors: number },
): Promise<History> {
  const { sessions, investors } = given;
  const opened = sessions[0] ?? '2018-01-02';
  const instrument = await createInstrument(database);
  const closes = sessions.map((date, day) => [date, (100 + 40 * Math.sin(day / 50) + 5 * Math.sin(day * 1.7)).toFixed(4)] as const);
  await createDailyBars(database, instrument.id, Object.fromEntries(closes));
  const portfolios: BuiltPortfolio[] = [];
  for (let investor = 0; investor < investors; investor += 1) {
    const portfolio = await createPortfolio(database, { userId: (await createUser(database)).id, openedOn: opened });
    for (const date of sessions.filter((_, day) => day % 63 === 0)) {
      await deposit(database, portfolio, { amount: '1000.10', date });
      await buy(database, portfolio, { instrument, date });
    }
    portfolios.push(portfolio);
  }
  await platform.inspect('UPDATE valuation_clock SET valuation_date = $1', [sessions.at(-1)]);
  return { sessions, instrument, portfolios };
}

const buy = (
  database: TestDatabase,
  portfolio: BuiltPortfolio,
  { instrument, date }: { readonly instrument: BuiltInstrument; readonly date: LocalDate },
): Promise<string> =>
  post(database, {
    portfolio,
    kind: 'BUY',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount: '-480.25' },
      { account: 'trading', asset: 'USD', amount: '480.25' },
      { account: 'trading', asset: instrument.id, amount: '-3.5' },
      { account: 'holding', asset: instrument.id, amount: '3.5', costBasis: '480.25' },
    ],
  });

export async function requestSnapshots(platform: TestPlatform): Promise<void> {
  await platform.executor.run(requestJobHandler, {
    actor: systemActor('cli'),
    input: { job: 'snapshot-portfolios' },
    origin: localOrigin(newId()),
  });
}

export async function countSnapshots(platform: TestPlatform): Promise<number> {
  const [row] = await platform.inspect<{ count: number }>('SELECT count(*)::int AS count FROM portfolio_snapshots');
  return row?.count ?? 0;
}

/** Every snapshot but what tells one run from another: ids and times. */
export const allSnapshots = (platform: TestPlatform): Promise<Record<string, unknown>[]> =>
  platform.inspect(
    `SELECT portfolio_id, snapshot_date::text AS date, total_value, cash_balance, invested_amount, inflow, outflow, is_stale, daily_return, total_return,
       volatility, sharpe_ratio, max_drawdown, allocation_breakdown FROM portfolio_snapshots ORDER BY 1, 2`,
  );

/** The same work in this process and without an interruption. */
export async function snapshotUninterrupted(platform: TestPlatform, { portfolios, sessions }: History): Promise<void> {
  const through = sessions.at(-1) ?? '2018-01-02';
  for (const shard of new Set(portfolios.map(({ id }) => Number.parseInt(id.slice(-1), 16)))) {
    const input = { shard, runKey: newId(), through };
    await platform.executor.batch(snapshotPortfoliosHandler, { actor: systemActor('test'), input, origin: localOrigin(newId()) });
  }
}
