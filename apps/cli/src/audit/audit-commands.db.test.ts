import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAuditBlocksHandler, localOrigin, systemActor } from '@trii/domain';
import { auditSigningKey } from '@trii/infra';
import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runTrii, type TriiOptions } from '../bars/trii-process.fixture.ts';

const SECRET = 'B'.repeat(43);
const person = newId();
const folder = mkdtempSync(join(tmpdir(), 'trii-audit-'));
let database: TestDatabase;
let platform: TestPlatform;
let options: TriiOptions;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  options = { cwd: folder, env: { ...database.servers, TRII_DATA_DIR: join(folder, 'data'), AUDIT_SIGNING_KEY: SECRET } };
  await platform.inspect(
    `INSERT INTO audit_logs (id, user_id, entity_type, action, actor, use_case, outcome)
     SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN $1::uuid END, 'TEST', 'READ', 'system:test', 'test.audit', 'ok' FROM generate_series(1, 3000) AS n`,
    [person],
  );
  await vi.waitFor(
    async () => {
      const call = { actor: systemActor('test'), input: {}, origin: localOrigin(newId()) };
      await platform.executor.batch(closeAuditBlocksHandler(auditSigningKey(SECRET)), call);
      const [row] = await platform.inspect<{ rows: number }>('SELECT sum(row_count)::int AS rows FROM audit_blocks');
      if ((row?.rows ?? 0) < 3000) throw new Error('rows wait');
    },
    { timeout: 15_000 },
  );
});
afterAll(async () => {
  await platform.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

/** Without the variables of any server: what verifies knows none. */
const offline = (): TriiOptions => ({ cwd: folder, env: { TRII_DATA_DIR: join(folder, 'none') } });
const json = async (args: readonly string[], given = options) => {
  const { code, out, err } = await runTrii(['audit', ...args, '--json'], given);
  const values = out
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, err, values, last: values.at(-1) ?? {} };
};

it('exports a trail, verifies it where no server is known, and finds what was changed in it', async () => {
  const { publicKey } = (await json(['key'])).last as { readonly publicKey: string };
  expect(publicKey).toBe(auditSigningKey(SECRET).publicKey);

  const exported = await json(['export', 'person.ndjson', '--person', person]);
  expect({ code: exported.code, ...exported.last }).toMatchObject({ code: 0, blocks: 2, rows: 1500, waiting: 0 });
  const file = join(folder, 'person.ndjson');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await json(['verify', 'person.ndjson', '--public-key', publicKey], offline())).toMatchObject({
    code: 0,
    last: { verified: true, scope: 'person', chains: 1, blocks: 2, rows: 1500 },
  });
  const [audited] = await platform.inspect(
    `SELECT actor, outcome, action FROM audit_logs WHERE use_case = 'platform.exportAudit' AND entity_id = $1`,
    [person],
  );
  expect(audited).toEqual({ actor: 'system:cli', outcome: 'ok', action: 'READ' });

  const text = readFileSync(file, 'utf8');
  const [, id] = /\{"row":\{"id":"([^"]+)"/.exec(text) ?? [];
  writeFileSync(
    join(folder, 'changed.ndjson'),
    text.replace(`"id":"${id}","user_id":"${person}","entity_type":"TEST"`, `"id":"${id}","user_id":"${person}","entity_type":"REST"`),
  );
  const changed = await json(['verify', 'changed.ndjson', '--public-key', publicKey], offline());
  expect(changed.code).toBe(1);
  expect(JSON.parse(changed.err)).toMatchObject({ error: { code: 'AUDIT_FAULT', message: expect.stringContaining(`altered`) } });
  expect(changed.err).toContain(id);
});

it('misses a tail that was cut off by a head that was noted, and never writes over a file', async () => {
  const key = auditSigningKey(SECRET).publicKey;
  expect((await json(['export', 'all.ndjson', '--all'])).last).toMatchObject({ blocks: expect.any(Number) });
  const heads = (await json(['heads'])).values.flatMap(
    ({ items }) => items as { readonly chain: string; readonly blockNumber: number; readonly blockHash: string }[],
  );
  const noted = heads.flatMap(({ chain, blockNumber, blockHash }) => ['--head', `${chain}:${blockNumber}:${blockHash}`]);
  expect(heads).toHaveLength(2);
  expect(await json(['verify', 'all.ndjson', '--public-key', key, ...noted], offline())).toMatchObject({ code: 0, last: { chains: 2 } });
  const later = `${person}:9:${'ab'.repeat(32)}`;
  expect((await json(['verify', 'all.ndjson', '--public-key', key, '--head', later], offline())).err).toContain('truncated');

  const before = readFileSync(join(folder, 'all.ndjson'));
  const again = await json(['export', 'all.ndjson', '--platform']);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('FILE_EXISTS')]);
  expect(readFileSync(join(folder, 'all.ndjson')).equals(before)).toBe(true);
});

it.each([
  ['export', 'x.ndjson', '--all', '--platform'],
  ['verify', 'x.ndjson'],
  ['verify', 'x.ndjson', '--public-key', 'k', '--head', 'none'],
])('trii audit %s %s … is told what it lacks', async (...args) => {
  expect((await json(args)).code).toBe(2);
});
