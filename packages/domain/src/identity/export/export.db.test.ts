import { createHash } from 'node:crypto';
import { instant, newId } from '@trii/kernel';
import {
  callAs,
  createTenant,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  prepareWorld,
} from '@trii/testkit';
import type { CallAs, Tenant, TestDatabase, TestPlatform } from '@trii/testkit';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { handlers } from '../../handlers.ts';

const { decideKyc, erasePerson, exportMyData, exportPerson, person, readExportPart, readPersonExportPart, updateProfile } =
  handlers.identity;
const PHONE = '+573001234567';
const DAY_MS = 86_400_000;

let database: TestDatabase;
let platform: TestPlatform;
let tenant: Tenant;
let investor: CallAs;
const operator = operatorActor();
let desk: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await prepareWorld({ database, platform });
  desk = callAs(platform, operator);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  tenant = await createTenant({ database, platform });
  investor = callAs(platform, { ...tenant.actor, authenticatedAt: Number.MAX_SAFE_INTEGER });
});

interface Part {
  readonly content: string;
}

async function unpack(made: { readonly parts: number; readonly sha256: string }, read: (part: number) => Promise<Part>) {
  const parts = [];
  for (let part = 0; part < made.parts; part += 1) parts.push(Buffer.from((await read(part)).content, 'base64'));
  const archive = Buffer.concat(parts);
  expect(createHash('sha256').update(archive).digest('hex')).toBe(made.sha256);
  return new Map(Object.entries(unzipSync(archive)).map(([name, content]) => [name, Buffer.from(content).toString()]));
}
async function ofInvestor() {
  const made = await investor(exportMyData, {});
  return unpack(made, (part) => investor(readExportPart, { exportId: made.exportId, part }));
}
const rowsIn = (files: ReadonlyMap<string, string>, table: string) =>
  (files.get(`${table}.jsonl`) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('opens what only the person’s key opens, in tables and in their own trail, and does not tell who the operator was', async () => {
  const { userId } = tenant.actor;
  await investor(updateProfile, { phone: PHONE });
  await desk(decideKyc, { userId, decision: 'REJECTED', reason: 'The passport of Ada has run out.' });
  await desk(person, { userId });
  const files = await ofInvestor();
  expect(rowsIn(files, 'users')).toMatchObject([{ first_name: 'Ada', last_name: 'Lovelace', phone: PHONE, email: tenant.email }]);
  expect(rowsIn(files, 'kyc_decisions')).toMatchObject([{ reason: 'The passport of Ada has run out.' }]);
  expect(rowsIn(files, 'postings').map(({ amount }) => amount)).toContain('100000.00000000');
  const trail = rowsIn(files, 'audit_logs');
  expect(JSON.stringify(trail.find(({ use_case }) => use_case === 'identity.updateProfile'))).toContain(PHONE);
  expect(trail.find(({ use_case }) => use_case === 'identity.person')).toMatchObject({ actor: 'operator', ip_address: null });
  expect([...files.values()].filter((text) => text.includes(operator.userId))).toEqual([]);
});

it('asks whoever signed in a while ago to confirm it first, for making and for reading', async () => {
  const { exportId } = await investor(exportMyData, {});
  const late = callAs(platform, { ...tenant.actor, authenticatedAt: 0 });
  await expect(late(exportMyData, {})).rejects.toMatchObject({ code: 'STEP_UP_REQUIRED' });
  await expect(late(readExportPart, { exportId, part: 0 })).rejects.toMatchObject({ code: 'STEP_UP_REQUIRED' });
});

it('hands an archive to its person alone, for a day, and nothing behind its end', async () => {
  const { exportId, parts } = await investor(exportMyData, {});
  const other = callAs(platform, investorActor((await createUser(database)).id));
  await expect(other(readExportPart, { exportId, part: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(investor(readExportPart, { exportId, part: parts })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await investor(readExportPart, { exportId, part: 0 });
  await platform.inspect('UPDATE person_exports SET created_at = $2, expires_at = $3 WHERE id = $1', [
    exportId,
    instant(platform.clock.now().getTime() - DAY_MS),
    platform.clock.now(),
  ]);
  await expect(investor(readExportPart, { exportId, part: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('keeps at most three at once, and gives the same one again for the same key', async () => {
  const key = newId();
  const first = await investor(exportMyData, {}, key);
  expect(await investor(exportMyData, {}, key)).toEqual(first);
  await investor(exportMyData, {});
  await investor(exportMyData, {});
  await expect(investor(exportMyData, {})).rejects.toMatchObject({ code: 'TOO_MANY_EXPORTS', details: { exports: 3 } });
  expect(await platform.blobs.list(tenant.actor.userId)).toHaveLength(3);
});

it('gives an operator the same archive and nothing of their own, in that person’s trail; and refuses it for nobody', async () => {
  const { userId } = tenant.actor;
  const made = await desk(exportPerson, { userId });
  const files = await unpack(made, (part) => desk(readPersonExportPart, { userId, exportId: made.exportId, part }));
  expect(rowsIn(files, 'users')).toMatchObject([{ id: userId, first_name: 'Ada' }]);
  const trail = await platform.inspect(
    "SELECT use_case, outcome FROM audit_logs WHERE user_id = $1 AND entity_type = 'EXPORT' ORDER BY created_at, id",
    [userId],
  );
  expect(trail).toEqual([
    { use_case: 'identity.exportPerson', outcome: 'ok' },
    { use_case: 'identity.readPersonExportPart', outcome: 'ok' },
  ]);
  await expect(desk(exportPerson, { userId: newId() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(investor(exportPerson, { userId })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('an operator who exports another person reads as that person, even when it is themselves', async () => {
  const own = await createTenant({ database, platform }, ['operate']);
  const call = callAs(platform, { ...own.actor, authenticatedAt: Number.MAX_SAFE_INTEGER });
  const made = await call(exportPerson, { userId: own.actor.userId });
  const files = await unpack(made, (part) => call(readPersonExportPart, { userId: own.actor.userId, exportId: made.exportId, part }));
  expect(rowsIn(files, 'portfolios')).toHaveLength(1);
});

it('says of who was erased that they are', async () => {
  const { id: userId } = await createUser(database);
  const made = await desk(exportPerson, { userId });
  await desk(erasePerson, { userId });
  await expect(desk(exportPerson, { userId })).rejects.toMatchObject({ code: 'PERSON_ERASED' });
  await expect(desk(readPersonExportPart, { userId, exportId: made.exportId, part: 0 })).rejects.toMatchObject({ code: 'PERSON_ERASED' });
});
