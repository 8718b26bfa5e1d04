import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTrii } from '../bars/trii-process.fixture.ts';

let database: TestDatabase;
const folder = mkdtempSync(join(tmpdir(), 'trii-monitor-'));
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const monitor = (...args: string[]) =>
  runTrii(['monitor', ...args], { cwd: folder, env: { ...database.servers, TRII_DATA_DIR: join(folder, 'data') } });

it('shows sizes, connections, slow statements and growth since a sample, to people and to programs', async () => {
  const sampled = await monitor('sample');
  expect(sampled).toMatchObject({ code: 0, err: '' });
  expect(sampled.out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z: \d+ tables, [\d.]+ MB\.$/m);
  const [sizes, connections, slow, growth] = await Promise.all([
    monitor('sizes', '--limit', '3'),
    monitor('connections', '--json'),
    monitor('slow', '--by', 'total', '--limit', '5', '--json'),
    monitor('growth', '--from', '2026-01-01', '--limit', '2'),
  ]);
  expect(sizes.out.trim().split('\n')).toHaveLength(5);
  expect(sizes.out).toMatch(/^table +size +partitions/);
  const seen = JSON.parse(connections.out) as { visibility: string; items: { application: string; login: string }[] };
  expect(seen.visibility).toBe('all');
  expect(seen.items).toContainEqual(expect.objectContaining({ application: 'trii-cli', login: 'trii_operator', state: 'active' }));
  const statements = JSON.parse(slow.out) as { visibility: string; items: { totalMs: number }[] };
  expect(statements.visibility).toBe('all');
  expect(statements.items).toHaveLength(5);
  expect(growth.out).toMatch(/^From \d{4}-/);
  for (const { code, err } of [sizes, connections, slow, growth]) expect({ code, err }).toEqual({ code: 0, err: '' });
}, 60_000);

it('says what is wrong with an argument', async () => {
  const [order, instant, limit] = await Promise.all([
    monitor('slow', '--by', 'size'),
    monitor('growth', '--from', 'yesterday'),
    monitor('sizes', '--limit', '0'),
  ]);
  for (const { code } of [order, instant, limit]) expect(code).toBe(2);
  expect(order.err).toMatch(/mean/);
}, 60_000);

it('doctor says that the server shows its statistics', async () => {
  const { out } = await runTrii(['doctor', '--json'], { cwd: folder, env: { ...database.servers, TRII_DATA_DIR: join(folder, 'data') } });
  expect(out).toMatch(/"title":"statistics","state":"ok"/);
}, 60_000);
