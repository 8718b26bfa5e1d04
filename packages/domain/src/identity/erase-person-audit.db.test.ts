import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  testAuditKey,
  testAuditKeys,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { closeAuditBlocksHandler, exportAuditHandler, localOrigin, systemActor, verifyAudit } from '../platform/index.ts';
import { erasePersonHandler } from './erase-person.ts';
import { updateProfileHandler } from './update-profile.ts';

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

const call = (input = {}) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

async function closeChain(userId: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), call());
      expect(await platform.inspect('SELECT FROM audit_pending WHERE chain = $1', [userId])).toEqual([]);
    },
    { timeout: 15_000 },
  );
}

async function exportOf(personId: string): Promise<string> {
  const parts: string[] = [];
  const sink = { write: (text: string) => Promise.resolve(void parts.push(text)) };
  await platform.executor.run(exportAuditHandler(sink), call({ scope: 'person', personId }));
  return parts.join('');
}

async function* linesOf(file: string) {
  for (const line of file.trimEnd().split('\n')) yield { bytes: Buffer.from(line), isWhole: true };
}

it('an erased person’s trail is whole: its ciphertext stays where it was signed, and nothing opens it any more', async () => {
  const { id: userId } = await createUser(database);
  const asPerson = callAs(platform, investorActor(userId));
  await asPerson(updateProfileHandler, { phone: '+573001234567' });
  await closeChain(userId);
  await asPerson(updateProfileHandler, { phone: '+573007654321' });
  await callAs(platform, operatorActor())(erasePersonHandler, { userId });
  await closeChain(userId);

  const file = await exportOf(userId);
  const report = await verifyAudit(linesOf(file), { keys: testAuditKeys('test'), heads: [] });
  expect(report).toMatchObject({ chains: 1, blocks: 2, waiting: 0, retired: 0 });
  expect(file.match(/personal/g)?.length).toBeGreaterThanOrEqual(2);
  expect(file).not.toContain('57300');
});
