import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor } from './actor.ts';
import { maintainPartitionsHandler } from './maintain-partitions.ts';

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

const maintain = () =>
  platform.executor.run(maintainPartitionsHandler, { actor: systemActor('test'), origin: localOrigin(newId()), input: {} });
const partitionsOf = async (table: string) =>
  (
    await platform.inspect<{ name: string }>(
      'SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1',
      [table],
    )
  ).map(({ name }) => name);

it('makes what is missing ahead and moves rows out of the default partition; a second run finds nothing to do', async () => {
  const before = await partitionsOf('outbox');
  const last = before.filter((name) => /_\d{4}_\d{2}$/.test(name)).at(-1);
  const id = newId();
  // As if no worker had run for months: the last month is not there, and an event of it lies in the default partition.
  await platform.inspect(`DROP TABLE ${last}`);
  await platform.inspect(
    `INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
     VALUES ($1, to_date(right($2, 7), 'YYYY_MM') + interval '3 days', 'PORTFOLIO', $1, 'test.Late', '{}')`,
    [id, last],
  );
  expect((await maintain()).changed).toBeGreaterThan(0);
  expect(await partitionsOf('outbox')).toEqual(before);
  expect(await platform.inspect('SELECT tableoid::regclass::text AS partition FROM outbox WHERE id = $1', [id])).toEqual([
    { partition: last },
  ]);
  expect(await maintain()).toEqual({ changed: 0, dropped: [] });
});

it('drops what the series keep no longer, says so, and says it in the audit log too', async () => {
  const [{ day } = { day: '' }] = await platform.inspect<{ day: string }>(`SELECT ((now() AT TIME ZONE 'UTC')::date - 12)::text AS day`);
  await platform.inspect(
    `INSERT INTO order_book (instrument_id, "timestamp", bids, asks) VALUES ($1, $2::date + INTERVAL '12 hours', '[]', '[]')`,
    [newId(), day],
  );
  // It lay in the DEFAULT partition: the same run gives it a part of its own and drops that.
  const dropped = [{ series: 'order_book', from: day, rows: 1, keptHours: 0 }];
  expect(await maintain()).toMatchObject({ dropped });
  expect(await platform.inspect('SELECT FROM order_book')).toEqual([]);
  expect(
    await platform.inspect(
      `SELECT new_values -> 'dropped' AS dropped FROM audit_logs WHERE use_case = 'platform.maintainPartitions' AND outcome = 'ok' ORDER BY id DESC LIMIT 1`,
    ),
  ).toEqual([{ dropped }]);
});
