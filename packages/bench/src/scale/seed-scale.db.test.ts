import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type TriiClient } from '@trii/client';
import { localOrigin, systemActor, systemHandlers } from '@trii/domain';
import { bcryptHasher } from '@trii/infra';
import { newId } from '@trii/kernel';
import { type DataFolder, openDataFolder } from '@trii/stack';
import { createTestDatabase, createTestPlatform, createUser, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BENCH_PEPPER, startChildServer } from '../child-server.ts';
import { LAST_SESSION } from './scale-size.ts';
import { holds } from './seed-checks.ts';
import { seedScale } from './seed-scale.ts';

const PASSWORD = 'correct horse battery staple';

let database: TestDatabase;
let platform: TestPlatform;
let folder: DataFolder;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  folder = openDataFolder(mkdtempSync(join(tmpdir(), 'trii-test-scale-')));
});

afterAll(async () => {
  rmSync(folder.dir, { recursive: true });
  await platform.close();
  await database.close();
});

const placeOf = ({ urls }: TestDatabase) => ({ adminUrl: urls.admin, ownerUrl: urls.owner });

async function seed(portfolios: number, into = database) {
  return seedScale({
    place: placeOf(into),
    portfolios,
    passwordHash: await bcryptHasher({ cost: 4, pepper: BENCH_PEPPER }).hash(PASSWORD),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

/** Everything that follows from the number of portfolios alone: positions get their ids from the ledger's trigger. */
const CONTENT = {
  users: 'SELECT id, email, kyc_status, created_at FROM users',
  portfolios:
    'SELECT id, user_id, name, opened_on, cash_balance, invested_amount, total_value, unrealized_pnl, allocation_current, snapshots_dirty_from FROM portfolios',
  positions:
    'SELECT portfolio_id, instrument_id, quantity, avg_cost, cost_basis, current_price, current_value, unrealized_pnl, allocation_percentage FROM positions',
  trades: 'SELECT id, portfolio_id, instrument_id, quantity, price, total_amount, executed_at FROM trades',
  fills: 'SELECT * FROM fills',
  postings: 'SELECT * FROM postings',
  snapshots: 'SELECT * FROM portfolio_snapshots',
  instruments: 'SELECT * FROM instruments',
  dailyBars: 'SELECT * FROM daily_bars',
  minutes: 'SELECT * FROM market_data',
  candles: 'SELECT * FROM market_intraday_daily',
};

/** One fingerprint per table, whatever the order of its rows. */
async function contentOf(inspect: TestPlatform['inspect'] = platform.inspect): Promise<Record<string, string>> {
  const prints = Object.entries(CONTENT).map(async ([name, rows]) => {
    const [row] = await inspect<{ print: string }>(
      `SELECT count(*) || ' ' || md5(string_agg(t::text, ' ' ORDER BY t::text)) AS print FROM (${rows}) t`,
    );
    return [name, row?.print ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(prints));
}

const countOf = async (table: string): Promise<number> => {
  const [row] = await platform.inspect<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row?.count ?? -1;
};

describe('an empty database', () => {
  test('is filled with as much as was asked for, and what was written holds', async () => {
    const { checks } = await seed(50);
    expect(checks.filter((check) => !holds(check))).toEqual([]);
    expect(checks.filter(({ isFault }) => !isFault).map(({ name, found }) => [name, found])).toEqual([
      ['investors', 50],
      ['portfolios', 50],
      ['positions', 500],
      ['trades', 500],
      ['fills', 500],
      ['postings', 2_100],
      ['snapshots', 1_000],
      ['instruments', 10],
      ['daily bars', 16_100],
      ['minute bars', 3_900],
    ]);
    expect(await countOf('market_hourly_marks')).toBe(0);
  });

  test('the same number again writes nothing a second time', async () => {
    const before = await contentOf();
    await seed(50);
    expect(await contentOf()).toEqual(before);
  });

  test('a larger number extends it, to the very data that it gives at once', async () => {
    const other = await createTestDatabase();
    const inspecting = await createTestPlatform(other);
    await seed(250);
    await seed(250, other);
    expect(await contentOf()).toEqual(await contentOf(inspecting.inspect));
    expect([await countOf('portfolios'), await countOf('instruments')]).toEqual([250, 20]);
    await inspecting.close();
    await other.close();
  }, 120_000);

  test('leaves no event, no job and no trace but one audit row for each load', async () => {
    expect([await countOf('outbox'), await countOf('deliveries')]).toEqual([0, 0]);
    const rows = await platform.inspect(
      "SELECT actor, outcome, new_values FROM audit_logs WHERE use_case = 'seed.scale' ORDER BY created_at",
    );
    expect(rows.at(-1)).toEqual({ actor: 'system:cli', outcome: 'ok', new_values: { portfolios: 250 } });
    expect(rows).toHaveLength(3);
  });
});

describe('what was written is what the platform itself would have', () => {
  test('the snapshot job, made to value again, writes the very same figures', async () => {
    const { executor, inspect } = platform;
    const [first] = await inspect<{ day: string }>('SELECT min(snapshot_date)::text AS day FROM portfolio_snapshots');
    const figures = () =>
      contentOf((text, values) =>
        inspect(
          text.replace(
            'SELECT * FROM portfolio_snapshots',
            'SELECT portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return, total_return, volatility, sharpe_ratio, max_drawdown, allocation_breakdown, inflow, outflow, is_stale FROM portfolio_snapshots',
          ),
          values,
        ),
      );
    const before = await figures();
    await inspect("UPDATE portfolios SET snapshots_dirty_from = $1, total_value = 0 WHERE right(id::text, 1) = '3'", [first?.day]);
    const call = { actor: systemActor('test'), origin: localOrigin(newId()), input: { shard: 3, runKey: newId(), through: LAST_SESSION } };
    const done = await executor.batch(systemHandlers.analytics.snapshotPortfolios, call);
    expect(done).toMatchObject({ failed: 0 });
    expect(done.portfolios).toBeGreaterThan(5);
    expect(done.snapshots).toBe(20 * done.portfolios);
    expect(await figures()).toEqual(before);
  });

  test('nothing is due', async () => {
    const call = { actor: systemActor('test'), origin: localOrigin(newId()), input: { look: 'all' } };
    expect(await platform.executor.run(systemHandlers.analytics.snapshotsDue, call)).toMatchObject({ portfolios: 0 });
  });
});

describe('the first investor', () => {
  test('signs in and sees through the client what is theirs, and nothing else', async () => {
    await using api = await startChildServer({ servers: database.servers, folder }, { name: 'api', file: 'apps/api/src/main.ts' });
    const visitor = createClient({ url: api.url });
    const { token } = await visitor.identity.signIn.mutate({ email: 'scale-000001@example.com', password: PASSWORD });
    const client: TriiClient = createClient({ url: api.url, token });
    const { items } = await client.portfolio.list.query({});
    expect(items.map(({ name }) => name)).toEqual(['Scale 1']);
    const portfolioId = items[0]?.id ?? '';
    const [summary, history] = await Promise.all([
      client.portfolio.summary.query({ portfolioId }),
      client.portfolio.history.query({ portfolioId, limit: 100 }),
    ]);
    expect(summary.positions).toHaveLength(10);
    expect(history.items).toHaveLength(20);
    expect(history.items.at(-1)).toMatchObject({ date: LAST_SESSION, totalValue: summary.totalValue, isStale: false });
    await client.cash.deposit.mutate({ portfolioId, amount: '10.00', currency: 'USD' });
    const [other] = await platform.inspect<{ id: string }>("SELECT id FROM portfolios WHERE name = 'Scale 2'");
    await expect(client.portfolio.summary.query({ portfolioId: other?.id ?? '' })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
    await expect(visitor.identity.signIn.mutate({ email: 'scale-000002@example.com', password: PASSWORD })).rejects.toMatchObject({
      data: { error: 'INVALID_CREDENTIALS' },
    });
  }, 90_000);

  test('what they did since stays, and is no fault', async () => {
    const { checks } = await seed(250);
    expect(checks.find(({ name }) => name === 'postings')?.found).toBe(250 * 42 + 2);
  });
});

describe('a database that is in use', () => {
  test('is refused and left as it is', async () => {
    const other = await createTestDatabase();
    const { email } = await createUser(other);
    await expect(seed(1, other)).rejects.toMatchObject({ code: 'SCALE_DATABASE_IN_USE', details: { found: `the investor ${email}` } });
    const inspecting = await createTestPlatform(other);
    expect(
      await inspecting.inspect(
        'SELECT (SELECT count(*)::int FROM portfolios) AS portfolios, (SELECT valuation_date FROM valuation_clock) AS date',
      ),
    ).toEqual([{ portfolios: 0, date: null }]);
    await inspecting.close();
    await other.close();
  });

  test('is refused too when someone took one of the addresses before', async () => {
    const other = await createTestDatabase();
    await createUser(other, { email: 'scale-000001@example.com' });
    await expect(seed(1, other)).rejects.toMatchObject({ code: 'SCALE_DATABASE_IN_USE' });
    await other.close();
  });

  test('is not touched by a login under row-level security', async () => {
    const place = { adminUrl: database.urls.owner, ownerUrl: database.urls.owner };
    await expect(
      seedScale({ place, portfolios: 1, passwordHash: null, signal: new AbortController().signal, onProgress: () => undefined }),
    ).rejects.toMatchObject({
      code: 'SCALE_NEEDS_ADMIN',
    });
  });
});

test('a load that was ended goes on where it stopped', async () => {
  const other = await createTestDatabase();
  const ending = new AbortController();
  const stopped = seedScale({
    place: placeOf(other),
    portfolios: 200,
    portfoliosPerChunk: 20,
    passwordHash: null,
    signal: ending.signal,
    onProgress: ({ step, done }) => (step === 'investors' && done === 1 ? ending.abort(new Error('enough')) : undefined),
  });
  await expect(stopped).rejects.toThrow('enough');
  const inspecting = await createTestPlatform(other);
  const portfolios = async () => (await inspecting.inspect<{ count: number }>('SELECT count(*)::int AS count FROM portfolios'))[0]?.count;
  expect([20, 40]).toContain(await portfolios());
  const { checks } = await seed(200, other);
  expect(checks.every(holds)).toBe(true);
  expect(await portfolios()).toBe(200);
  await inspecting.close();
  await other.close();
}, 120_000);
