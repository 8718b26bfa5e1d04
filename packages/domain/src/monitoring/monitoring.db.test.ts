import { instant, newId, systemClock } from '@trii/kernel';
import { callAs, createTestDatabase, createTestPlatform, operatorActor, withClient } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handlers, systemHandlers } from '../handlers.ts';
import { systemActor } from '../platform/index.ts';

const { tableSizes, connections, slowQueries, growth, sample } = handlers.monitoring;
const { sampleDue, sampleDaily } = systemHandlers.monitoring;

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;
let worker: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
  worker = callAs(platform, systemActor('sample-table-sizes'));
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  await platform.inspect('DELETE FROM monitoring_samples');
  platform.clock.set('2026-11-23T12:00:00Z');
});

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const instants = async (): Promise<string[]> =>
  (await platform.inspect<{ at: Date }>('SELECT DISTINCT sampled_at AS at FROM monitoring_samples ORDER BY 1')).map(({ at }) =>
    at.toISOString(),
  );

describe('monitoring.tableSizes', () => {
  it('answers the largest tables and how many there are', async () => {
    const all = await operator(tableSizes, { limit: 500 });
    expect(all.total).toBe(all.items.length);
    expect(all.items.map(({ table }) => table)).toEqual(
      expect.arrayContaining(['users', 'audit_logs', 'daily_bars', 'monitoring_samples']),
    );
    expect(all.items.find(({ table }) => table === 'daily_bars')?.partitions).toBeGreaterThan(30);
    const [largest] = all.items;
    expect(await operator(tableSizes, { limit: 1 })).toEqual({ items: [largest], total: all.total });
  });
});

describe('monitoring.connections', () => {
  it('answers who is connected and how long they have been as they are', async () => {
    const url = new URL(database.urls.worker);
    url.searchParams.set('application_name', 'in-the-middle');
    await withClient(url.href, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1');
      const { visibility, items, total } = await operator(connections, {});
      expect(visibility).toBe('all');
      expect(total).toBe(items.length);
      expect(items.find(({ application }) => application === 'in-the-middle')).toEqual({
        login: 'trii_worker',
        application: 'in-the-middle',
        clientAddress: '127.0.0.1',
        state: 'idle in transaction',
        connections: 1,
        longestInStateSeconds: expect.any(Number),
        longestTransactionSeconds: expect.any(Number),
      });
    });
  });
});

describe('monitoring.slowQueries', () => {
  it('answers the slowest by their mean or by their sum', async () => {
    await withClient(database.urls.worker, async (client) => {
      await client.query('SELECT pg_sleep(0.15) AS once_and_slow');
      for (let i = 0; i < 10; i++) await client.query('SELECT pg_sleep(0.03) AS often_and_less_slow, 1');
    });
    const order = async (orderBy: 'mean' | 'total') => {
      const { visibility, items } = await operator(slowQueries, { orderBy, limit: 100 });
      expect(visibility).toBe('all');
      return items.filter(({ query }) => /_slow\b/.test(query)).map(({ query, calls }) => [query, calls]);
    };
    const [once, often] = [
      ['SELECT pg_sleep($1) AS once_and_slow', 1],
      ['SELECT pg_sleep($1) AS often_and_less_slow, $2', 10],
    ];
    expect(await order('mean')).toEqual([once, often]);
    expect(await order('total')).toEqual([often, once]);
    expect((await operator(slowQueries, { limit: 2 })).items).toHaveLength(2);
  });
});

describe('monitoring.sample', () => {
  it('keeps the sizes of all tables, once a minute at most', async () => {
    const first = await operator(sample, {});
    expect(first).toMatchObject({ sampledAt: '2026-11-23T12:00:00.000Z' });
    const { total, items } = await operator(tableSizes, { limit: 500 });
    expect(first.tables).toBe(total);
    expect(first.bytes).toBeLessThanOrEqual(items.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(first.bytes).toBeGreaterThan(0);
    platform.clock.advance(59_000);
    expect(await operator(sample, {})).toEqual(first);
    platform.clock.advance(2_000);
    expect(await operator(sample, {})).toMatchObject({ sampledAt: '2026-11-23T12:01:01.000Z' });
    expect(await instants()).toHaveLength(2);
  });

  it('asked for by many at once is taken once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => operator(sample, {})));
    expect(new Set(answers.map(({ sampledAt }) => sampledAt)).size).toBe(1);
    expect(await instants()).toEqual(['2026-11-23T12:00:00.000Z']);
  });

  it('is due once a day, and is taken by the schedule as the worker', async () => {
    expect(await worker(sampleDue, {})).toEqual({ due: true });
    await worker(sampleDaily, {});
    expect(await worker(sampleDue, {})).toEqual({ due: false });
    platform.clock.set('2026-11-23T23:59:59Z');
    expect(await worker(sampleDue, {})).toEqual({ due: false });
    platform.clock.set('2026-11-24T00:00:01Z');
    expect(await worker(sampleDue, {})).toEqual({ due: true });
  });

  it('keeps all of the last week, one a day before that, and nothing beyond 400 days', async () => {
    const at = (daysAgo: number, minutes: number) => instant(platform.clock.now().getTime() - daysAgo * DAY_MS + minutes * MINUTE_MS);
    const taken = [at(401, 0), at(399, 0), at(399, 5), at(9, 0), at(9, 5), at(9, 10), at(6, 0), at(6, 5)];
    await platform.inspect(`INSERT INTO monitoring_samples SELECT t, 'public', 'x', 1, 0, 0, 0, 0, 0 FROM unnest($1::timestamptz[]) AS t`, [
      taken,
    ]);
    await worker(sampleDaily, {});
    const kept = [at(399, 0), at(9, 0), at(6, 0), at(6, 5), platform.clock.now()];
    expect(await instants()).toEqual(kept.map((instant) => instant.toISOString()));
  });
});

describe('monitoring.growth', () => {
  it('says that there are no two samples to compare', async () => {
    expect(await operator(growth, {})).toEqual({ from: null, to: null, items: [], total: 0 });
  });

  it('answers what grew since a sample, the most first, with its sizes on the way', async () => {
    platform.clock.set(systemClock.now());
    const name = `grown_${newId().replaceAll('-', '')}`;
    await withClient(database.urls.owner, (client) => client.query(`CREATE TABLE ${name} (note text)`));
    await platform.inspect(
      `INSERT INTO monitoring_samples SELECT now() - make_interval(days => d), 'public', $1, (10 - d) * 8192, 0, 0, 0, 0, 0 FROM generate_series(1, 9) d`,
      [name],
    );
    await withClient(database.urls.owner, (client) =>
      client.query(`INSERT INTO ${name} SELECT repeat('x', 1000) FROM generate_series(1, 20000)`),
    );
    const week = await operator(growth, {});
    const item = week.items.find(({ table }) => table === name);
    // The sample of exactly a week ago is not yet a week old when it is asked for.
    expect(item?.history.slice(0, -1)).toEqual([2, 3, 4, 5, 6, 7, 8, 9].map((pages) => pages * 8192));
    expect(item).toMatchObject({ schema: 'public', bytesBefore: 2 * 8192 });
    expect(item?.bytesAfter).toBeGreaterThan(20_000_000);
    expect(item?.bytesGrown).toBe((item?.bytesAfter ?? 0) - 2 * 8192);
    expect(item?.history.at(-1)).toBe(item?.bytesAfter);
    const grown = week.items.map(({ bytesGrown }) => bytesGrown);
    expect(grown).toEqual(grown.toSorted((a, b) => b - a));
  });

  it('draws a long span with at most 60 points and its end', async () => {
    await platform.inspect(
      `INSERT INTO monitoring_samples SELECT TIMESTAMPTZ '2026-01-01 00:00+00' + make_interval(days => d), 'public', 'long', d, 0, 0, d, 0, 0 FROM generate_series(0, 300) d`,
    );
    const { items, from, to } = await operator(growth, { from: '2026-01-01T12:00:00Z', to: '2026-10-28T12:00:00Z' });
    expect([from, to]).toEqual(['2026-01-01T00:00:00.000Z', '2026-10-28T00:00:00.000Z']);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ bytesGrown: 300, inserts: 300 });
    expect(items[0]?.history.length).toBeLessThanOrEqual(61);
    expect(items[0]?.history.length).toBeGreaterThan(40);
  });
});
