import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { newId, seededRandom } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, testAuditKey, withClient, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localOrigin, systemActor } from '../actor.ts';
import { closeAuditBlocksHandler } from './close-audit-blocks.ts';
import { appendStatement, faultsOf } from './tests/audit-rows.ts';

let database: TestDatabase;
let platform: TestPlatform;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await platform.close();
  await database.close();
});

const owners: readonly (string | null)[] = [...Array.from({ length: 12 }, () => newId()), null];

/** Appends rows of random owners, in transactions of random length some of which are rolled back, until told to stop. */
async function write(seed: number, signal: AbortSignal): Promise<string[]> {
  const random = seededRandom(seed);
  const committed: string[] = [];
  await withClient(database.urls.admin, async (client) => {
    while (!signal.aborted) {
      await client.query('BEGIN');
      const written: string[] = [];
      for (let statement = random.integer(1, 3); statement > 0; statement -= 1) {
        const rows = Array.from({ length: random.integer(1, 20) }, () => ({ user_id: random.pick(owners) }));
        const { ids, text, values } = appendStatement(rows);
        await client.query(text, values);
        written.push(...ids);
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 15)));
      }
      const isKept = random.integer(1, 10) > 1;
      await client.query(isKept ? 'COMMIT' : 'ROLLBACK');
      if (isKept) committed.push(...written);
    }
  });
  return committed;
}

interface Closer {
  readonly child: ChildProcess;
  /** Resolves when it has said that many chunks more. */
  chunks(count: number): Promise<void>;
  kill(): Promise<void>;
}

function startCloser(): Closer {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tests/closing-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  child.stdin.write(`${JSON.stringify(database)}\n`);
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async chunks(count) {
      for (let seen = 0; seen < count; seen += 1) expect((await said.next()).done).not.toBe(true);
    },
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      expect(((await ended) as unknown[])[1]).toBe('SIGKILL');
      children.delete(child);
    },
  };
}

const closeHere = () =>
  platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), {
    actor: systemActor('test'),
    input: {},
    origin: localOrigin(newId()),
  });

test('writers at work, two closings at once, each killed again and again: every row that was committed is in exactly one block', async () => {
  const stop = new AbortController();
  const writers = [1, 2, 3, 4].map((seed) => write(seed, stop.signal));
  const steady = startCloser();
  const random = seededRandom(5);
  await steady.chunks(1);
  for (let kill = 0; kill < 2; kill += 1) {
    const closer = startCloser();
    await closer.chunks(random.integer(1, 4));
    // At any moment of a chunk.
    await new Promise((resolve) => setTimeout(resolve, random.integer(0, 25)));
    await closer.kill();
  }
  await steady.chunks(3);
  await steady.kill();
  stop.abort();
  const committed = (await Promise.all(writers)).flat();
  expect(committed.length).toBeGreaterThan(500);

  const waiting = () => platform.inspect(`SELECT FROM audit_pending JOIN audit_logs USING (id, created_at) WHERE use_case = 'test.audit'`);
  await expect.poll(async () => (await closeHere(), await waiting()), { timeout: 20_000 }).toEqual([]);
  expect(await faultsOf(platform)).toEqual([]);
  const [found] = await platform.inspect<{ blocks: number; rows: number }>(
    `SELECT (SELECT count(*)::int FROM audit_blocks) AS blocks, (SELECT count(*)::int FROM audit_logs WHERE use_case = 'test.audit') AS rows`,
  );
  expect(found?.rows).toBe(committed.length);
  expect(found?.blocks).toBeGreaterThan(20);
}, 60_000);
