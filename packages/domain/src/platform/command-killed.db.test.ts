import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, createUser, investorActor, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, type Actor } from './actor.ts';
import { probeOpen } from './tests/probe-operations.ts';

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

/** Runs the probe in a process that is killed before or after its commit; resolves once it is gone. */
async function killedCall(order: { readonly actor: Actor; readonly idempotencyKey: string; readonly killed: string }): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tests/command-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.write(`${JSON.stringify({ database, ...order })}\n`);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: '' });
}

const portfoliosOf = (userId: string) => platform.inspect('SELECT id FROM portfolios WHERE user_id = $1', [userId]);
const auditsOf = (userId: string) => platform.inspect('SELECT outcome FROM audit_logs WHERE user_id = $1', [userId]);

it('killed after the commit and before the answer: the repeat under the same key gets the answer, and nothing is done twice', async () => {
  const { id: userId } = await createUser(database);
  const actor = investorActor(userId);
  const idempotencyKey = newId();
  await killedCall({ actor, idempotencyKey, killed: 'after the commit' });
  const [made] = await portfoliosOf(userId);
  const answer = await platform.executor.run(probeOpen(), {
    actor,
    idempotencyKey,
    input: { name: 'killed' },
    origin: localOrigin('again'),
  });
  expect(answer).toEqual(made);
  expect(await portfoliosOf(userId)).toHaveLength(1);
  expect(await auditsOf(userId)).toEqual([{ outcome: 'ok' }]);
});

it('killed before the commit: nothing was done, the key is free, and the repeat does it', async () => {
  const { id: userId } = await createUser(database);
  const actor = investorActor(userId);
  const idempotencyKey = newId();
  await killedCall({ actor, idempotencyKey, killed: 'before the commit' });
  // The server needs a moment to notice that its client is gone; until then the key's lock makes the repeat wait.
  const { id } = await platform.executor.run(probeOpen(), {
    actor,
    idempotencyKey,
    input: { name: 'killed' },
    origin: localOrigin('again'),
  });
  expect(await portfoliosOf(userId)).toEqual([{ id }]);
  expect(await auditsOf(userId)).toEqual([{ outcome: 'ok' }]);
});
