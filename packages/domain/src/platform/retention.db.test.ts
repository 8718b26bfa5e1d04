import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  operatorActor,
  testAuditKey,
  withClient,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localOrigin, systemActor } from './actor.ts';
import { closeAuditBlocksHandler } from './audit/close-audit-blocks.ts';
import { appendRows } from './audit/tests/audit-rows.ts';
import { applyRetentionHandler, retentionHandler, setRetentionHandler } from './retention.ts';
import { runningBatchesHandler } from './running-batches.ts';

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const call = () => ({ actor: systemActor('test'), input: {}, origin: localOrigin(newId()) });
const apply = () => platform.executor.batch(applyRetentionHandler, call());
const nothing = { archivedMonths: 0, droppedMonths: 0, deliveries: 0, runs: 0 };
const makeMonth = (table: string, day: string) =>
  withClient(database.urls.owner, (client) => client.query('SELECT create_partition($1, $2, $3)', [table, 'month', day]));
const isThere = async (table: string) =>
  (await platform.inspect<{ oid: unknown }>('SELECT to_regclass($1) AS oid', [table]))[0]?.oid !== null;
const daysAgo = (days: number) => `now() - interval '${days} days'`;

async function deliver(event: { readonly at: string; readonly status: string; readonly doneAt?: string }): Promise<string> {
  const id = newId();
  await platform.inspect(
    `WITH event AS (INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload) VALUES ($1, ${event.at}, 'TEST', $1, 'test.Happened', '{}'))
     INSERT INTO deliveries (event_id, job_name, event_created_at, status, created_at, done_at) VALUES ($1, 'test-job', ${event.at}, $2, ${event.at}, ${event.doneAt ?? 'NULL'})`,
    [id, event.status],
  );
  return id;
}

test('a platform that is younger than what it keeps loses nothing', async () => {
  await deliver({ at: 'now()', status: 'done', doneAt: 'now()' });
  expect(await apply()).toEqual(nothing);
});

describe('months of the audit trail', () => {
  test('go into the archive whole and guarded, once all their rows are in blocks', async () => {
    await makeMonth('audit_logs', '2010-02-01');
    const [id] = await appendRows(platform, [{ user_id: newId(), created_at: '2010-02-03T00:00:00Z' }]);
    expect(await apply()).toEqual(nothing);
    expect(await isThere('public.audit_logs_2010_02')).toBe(true);
    await vi.waitFor(
      async () => {
        await platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), call());
        expect(await platform.inspect('SELECT FROM audit_pending WHERE id = $1', [id])).toEqual([]);
      },
      { timeout: 15_000 },
    );
    expect(await apply()).toEqual({ ...nothing, archivedMonths: 1 });
    expect(await platform.inspect('SELECT id FROM archive.audit_logs_2010_02')).toEqual([{ id }]);
    expect(await platform.inspect('SELECT id FROM audit_logs WHERE id = $1', [id])).toEqual([]);
    expect(await platform.inspect('SELECT FROM audit_blocks WHERE $1 = ANY (row_ids)', [id])).toHaveLength(1);
    for (const statement of ['DELETE FROM', 'TRUNCATE'])
      await expect(platform.inspect(`${statement} archive.audit_logs_2010_02`)).rejects.toMatchObject({ code: 'TR021' });
    for (const role of ['admin_role', 'worker_role', 'authenticated_user'] as const)
      await expect(
        database.as({ role, userId: null }, (client) => client.query('SELECT FROM archive.audit_logs_2010_02')),
      ).rejects.toMatchObject({ code: '42501' });
    expect(await apply()).toEqual(nothing);
  });

  test('stay while they are kept', async () => {
    await makeMonth('audit_logs', '2018-02-01');
    expect(await apply()).toEqual(nothing);
    expect(await isThere('audit_logs_2018_02')).toBe(true);
  });
});

describe('months of events', () => {
  test.each(['pending', 'relayed', 'dead'])('stay while a delivery is %s, and then go', async (status) => {
    await makeMonth('outbox', '2019-05-01');
    await makeMonth('outbox', '2019-06-01');
    const id = await deliver({ at: "'2019-06-03 00:00:00+00'", status });
    expect(await apply()).toEqual({ ...nothing, droppedMonths: 1 });
    expect([await isThere('outbox_2019_05'), await isThere('outbox_2019_06')]).toEqual([false, true]);
    await platform.inspect("UPDATE deliveries SET status = 'done', done_at = now() WHERE event_id = $1", [id]);
    expect(await apply()).toEqual({ ...nothing, droppedMonths: 1 });
    expect(await isThere('outbox_2019_06')).toBe(false);
  });
});

test('months of answers go when the last of them has expired', async () => {
  await makeMonth('idempotency', '2019-05-01');
  const answer = (expires: string) =>
    platform.inspect(
      `INSERT INTO idempotency (actor, use_case, key, created_at, input_hash, outcome, answer, expires_at) VALUES ('a', 'u', $1, '2019-05-05', '', 'view', '{}', ${expires})`,
      [newId()],
    );
  await answer(daysAgo(1));
  await answer("now() + interval '1 hour'");
  expect(await apply()).toEqual(nothing);
  await platform.inspect("UPDATE idempotency SET expires_at = now() - interval '1 second' WHERE expires_at > now()");
  expect(await apply()).toEqual({ ...nothing, droppedMonths: 1 });
  expect(await isThere('idempotency_2019_05')).toBe(false);
});

test('a month that somebody reads is not waited for', async () => {
  await makeMonth('outbox', '2019-07-01');
  await withClient(database.urls.admin, async (reader) => {
    await reader.query('BEGIN; SELECT FROM outbox LIMIT 1');
    expect(await apply()).toEqual(nothing);
    await reader.query('ROLLBACK');
  });
  expect(await apply()).toEqual({ ...nothing, droppedMonths: 1 });
});

test('deliveries that were done long ago go, chunk by chunk; those that were not done stay', async () => {
  const kept = [
    await deliver({ at: daysAgo(40), status: 'dead' }),
    await deliver({ at: daysAgo(40), status: 'relayed' }),
    await deliver({ at: daysAgo(40), status: 'done', doneAt: daysAgo(30) }),
  ];
  await platform.inspect(
    `INSERT INTO deliveries (event_id, job_name, event_created_at, status, created_at, done_at)
     SELECT gen_random_uuid(), 'old-job', ${daysAgo(40)}, 'done', ${daysAgo(40)}, ${daysAgo(32)} FROM generate_series(1, 25000)`,
  );
  const audited = () => platform.inspect(`SELECT FROM audit_logs WHERE use_case = 'platform.applyRetention'`);
  const before = await audited();
  expect(await apply()).toEqual({ ...nothing, deliveries: 25_000 });
  // The months, then 10,000, 10,000 and 5,000.
  expect(await audited()).toHaveLength(before.length + 4);
  expect(await platform.inspect('SELECT FROM deliveries WHERE event_id = ANY ($1)', [kept])).toHaveLength(3);
});

test('runs that were killed are told from those at work, and go with those that ended', async () => {
  const run = (key: string, status: string, updated: string) =>
    platform.inspect(
      `INSERT INTO batch_progress (job_name, shard, run_key, cursor, status, updated_at) VALUES ('test.run', '*', $1, '{}', $2, ${updated})`,
      [key, status],
    );
  await run('at work', 'running', daysAgo(0));
  await run('killed', 'running', daysAgo(1));
  await run('killed long ago', 'running', daysAgo(40));
  await run('ended', 'done', daysAgo(30));
  await run('ended long ago', 'done', daysAgo(32));
  const running = async () => {
    const { items } = await callAs(platform, operatorActor())(runningBatchesHandler, {});
    return items.filter(({ job }) => job === 'test.run').map(({ runKey, isStale }) => [runKey, isStale]);
  };
  expect(await running()).toEqual([
    ['killed long ago', true],
    ['killed', true],
    ['at work', false],
  ]);
  expect(await apply()).toEqual({ ...nothing, runs: 2 });
  expect(await running()).toEqual([
    ['killed', true],
    ['at work', false],
  ]);
});

test('an operator changes how long is kept, not below the floor', async () => {
  const ask = callAs(platform, operatorActor());
  const kept = async () => Object.fromEntries((await ask(retentionHandler, {})).items.map(({ subject, keptDays }) => [subject, keptDays]));
  expect(await kept()).toEqual({ audit_logs: 3653, outbox: 92, deliveries: 31, batch_progress: 31, mails: 31, user_sessions: 92 });
  await expect(ask(setRetentionHandler, { subject: 'deliveries', keptDays: 6 })).rejects.toMatchObject({
    code: 'RETENTION_TOO_SHORT',
    details: { leastDays: 7 },
  });
  await ask(setRetentionHandler, { subject: 'deliveries', keptDays: 7 });
  expect(await kept()).toMatchObject({ deliveries: 7 });
  const id = await deliver({ at: daysAgo(9), status: 'done', doneAt: daysAgo(8) });
  await apply();
  expect(await platform.inspect('SELECT FROM deliveries WHERE event_id = $1', [id])).toEqual([]);
});
