import { newId, seededRandom } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, testAuditKey, testAuditKeys, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localOrigin, systemActor } from '../actor.ts';
import { AuditFault } from './audit-fault.ts';
import { closeAuditBlocksHandler } from './close-audit-blocks.ts';
import { appendRows } from './tests/audit-rows.ts';
import { exported, readLines, withEnd } from './tests/exported.ts';
import { type AuditReport, type AuditVerification, type NotedHead, verifyAudit } from './verify-audit.ts';

let database: TestDatabase;
let platform: TestPlatform;
const [ada, bob] = [newId(), newId()].toSorted() as [string, string];
let adaIds: string[];
/** Of all chains: two blocks of ada, one of bob, some of the platform, and rows of ada that wait. */
let all: Buffer[];

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  const row = {
    user_id: ada,
    old_values: '{"a": 1.10}',
    new_values: '{"b": "ñ\\n\\u0001", "c": [1, null]}',
    ip_address: '192.0.2.1',
    user_agent: 'agent "7"\\ é',
  };
  adaIds = await appendRows(platform, [row, { ...row, user_agent: '' }, { user_id: ada }]);
  await appendRows(platform, [{ user_id: bob }, {}]);
  await closeAll();
  adaIds.push(...(await appendRows(platform, [{ user_id: ada, request_id: 'r' }, row])));
  await closeAll('second');
  await appendRows(platform, [{ user_id: ada }]);
  all = await exported(platform, { scope: 'all' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

async function closeAll(key = 'test'): Promise<void> {
  const call = { actor: systemActor('test'), input: {}, origin: localOrigin(newId()) };
  // Transactions of other suites hold a closing up too.
  await vi.waitFor(
    async () => {
      await platform.executor.batch(closeAuditBlocksHandler(testAuditKey(key)), call);
      const waiting = await platform.inspect(
        `SELECT FROM audit_pending JOIN audit_logs USING (id, created_at) WHERE use_case = 'test.audit'`,
      );
      if (waiting.length > 0) throw new Error('rows wait');
    },
    { timeout: 15_000 },
  );
}

const verify = (lines: readonly Buffer[], given: Partial<AuditVerification> = {}): Promise<AuditReport> =>
  verifyAudit(readLines(lines), { keys: testAuditKeys('test', 'second'), heads: [], ...given });
const faultOf = async (lines: readonly Buffer[], given: Partial<AuditVerification> = {}): Promise<AuditFault> => {
  const found: unknown = await verify(lines, given).catch((error: unknown) => error);
  if (found instanceof AuditFault) return found;
  throw new Error(`no fault was found: ${JSON.stringify(found)}`);
};

const positionOf = (text: string): number => {
  const position = all.findIndex((line) => line.includes(text));
  if (position === -1) throw new Error(`no line has ${text}`);
  return position;
};
const rowAt = (id: string): number => positionOf(`{"row":{"id":"${id}"`);
const blockAt = (chain: string, number: number): number => positionOf(`{"block":{"chain":"${chain}","number":${number},`);
const replaced = (position: number, change: (text: string) => string): Buffer[] =>
  all.map((line, index) => (index === position ? Buffer.from(change(line.toString())) : line));
const without = (...positions: readonly number[]): Buffer[] => all.filter((_, index) => !positions.includes(index));
const moved = (from: number, to: number): Buffer[] => {
  const lines = without(from);
  lines.splice(to, 0, all[from] as Buffer);
  return lines;
};
const changed = (text: string): string => text.replace('"action":"UPDATE"', '"action":"DELETE"');

describe('an export that nobody touched', () => {
  test('verifies, and tells what is in it and what nothing vouches for', async () => {
    const report = await verify(all);
    expect(report).toMatchObject({ scope: 'all', from: null, to: null, chains: 3, retired: 0, startLate: 0 });
    expect(report.rows).toBeGreaterThanOrEqual(7);
    expect(report.waiting).toBeGreaterThanOrEqual(1);
    expect(report.heads.map(({ chain }) => chain)).toEqual([expect.stringMatching(/^0{8}-/), ada, bob]);
    const [head] = await platform.inspect<NotedHead>(
      `SELECT chain, block_number::int AS number, encode(block_hash, 'hex') AS hash FROM audit_blocks WHERE chain = $1 ORDER BY 2 DESC LIMIT 1`,
      [ada],
    );
    expect(report.heads[1]).toEqual(head);
  });

  test('of one person has their chain alone, and of the platform its own', async () => {
    expect(await verify(await exported(platform, { scope: 'person', personId: bob }))).toMatchObject({
      chains: 1,
      blocks: 1,
      rows: 1,
      waiting: 0,
    });
    expect(await verify(await exported(platform, { scope: 'person', personId: ada }))).toMatchObject({
      chains: 1,
      blocks: 2,
      rows: 5,
      waiting: 1,
    });
    const report = await verify(await exported(platform, { scope: 'platform' }));
    expect(report).toMatchObject({ chains: 1 });
    expect(await verify(await exported(platform, { scope: 'person', personId: newId() }))).toMatchObject({ chains: 0, rows: 0 });
  });

  test('that was cut by time holds whole blocks, and says that it does not begin at the beginning', async () => {
    const person = newId();
    await appendRows(
      platform,
      ['2026-01-01', '2026-01-02'].map((at) => ({ user_id: person, created_at: `${at}T12:00:00Z` })),
    );
    await closeAll();
    await appendRows(platform, [{ user_id: person, created_at: '2026-02-01T12:00:00Z' }]);
    await closeAll();
    await appendRows(platform, [{ user_id: person, created_at: '2026-03-01T12:00:00Z' }]);
    await closeAll();
    const cut = (from?: string, to?: string) =>
      exported(platform, {
        scope: 'person',
        personId: person,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    expect(await verify(await cut('2026-01-15T00:00:00Z'))).toMatchObject({ blocks: 2, rows: 2, startLate: 1 });
    expect(await verify(await cut('2026-01-02T00:00:00Z', '2026-02-15T00:00:00Z'))).toMatchObject({ blocks: 2, rows: 3, startLate: 0 });
    expect(await verify(await cut('2026-02-15T00:00:00Z', '2026-02-20T00:00:00Z'))).toMatchObject({ blocks: 0, rows: 0 });
  });
});

describe('verifying names the first row that is', () => {
  test('altered', async () => {
    const id = adaIds[1] ?? '';
    expect(await faultOf(withEnd(replaced(rowAt(id), changed)))).toMatchObject({
      kind: 'altered',
      place: { line: rowAt(id) + 1, chain: ada, block: 1, rowId: id },
    });
  });

  test('missing, in the middle, at the end of a block and where a whole block is empty', async () => {
    for (const [gone, rowId] of [
      [[rowAt(adaIds[0] ?? '')], adaIds[0]],
      [[rowAt(adaIds[2] ?? '')], adaIds[2]],
      [adaIds.slice(0, 3).map(rowAt), adaIds[0]],
    ] as const)
      expect(await faultOf(withEnd(without(...gone)))).toMatchObject({ kind: 'missing', place: { chain: ada, block: 1, rowId } });
  });

  test('out of its place, within its block and in another', async () => {
    const [first, second, , fourth] = adaIds.map(rowAt) as [number, number, number, number];
    expect(await faultOf(withEnd(moved(first, second)))).toMatchObject({ kind: 'reordered', place: { rowId: adaIds[1] } });
    expect(await faultOf(withEnd(moved(fourth, second)))).toMatchObject({ kind: 'inserted', place: { rowId: adaIds[3] } });
  });

  test('inserted, whether foreign, there twice or before any block', async () => {
    const other = newId();
    const foreign = Buffer.from((all[rowAt(adaIds[0] ?? '')] as Buffer).toString().replace(adaIds[0] ?? '', other));
    const inserted = (at: number, line: Buffer): Buffer[] => withEnd([...all.slice(0, at), line, ...all.slice(at)]);
    for (const id of [adaIds[0], adaIds[1]])
      expect(await faultOf(inserted(rowAt(id ?? ''), foreign))).toMatchObject({ kind: 'inserted', place: { rowId: other } });
    expect(await faultOf(inserted(rowAt(adaIds[2] ?? '') + 1, foreign))).toMatchObject({ kind: 'inserted', place: { rowId: other } });
    expect(await faultOf(inserted(rowAt(adaIds[1] ?? ''), all[rowAt(adaIds[0] ?? '')] as Buffer))).toMatchObject({
      kind: 'inserted',
      place: { rowId: adaIds[0] },
    });
    expect(await faultOf(inserted(1, foreign))).toMatchObject({ kind: 'inserted', place: { line: 2, rowId: other } });
  });

  test('cut off: mid-line, mid-block, and with the end of the file', async () => {
    const cut = Buffer.concat(all).subarray(0, Buffer.concat(all.slice(0, rowAt(adaIds[1] ?? '') + 1)).length - 5);
    expect(await faultOf([cut])).toMatchObject({ kind: 'truncated', place: { rowId: adaIds[1] } });
    expect(await faultOf(all.slice(0, rowAt(adaIds[1] ?? '')))).toMatchObject({ kind: 'truncated', place: { rowId: adaIds[1] } });
    expect(await faultOf(all.slice(0, -1))).toMatchObject({ kind: 'truncated' });
    expect(await faultOf([])).toMatchObject({ kind: 'truncated' });
    expect(await faultOf([...all, all[1] as Buffer])).toMatchObject({ kind: 'inserted' });
  });

  test('removed before its block was closed', async () => {
    const person = newId();
    const [kept, gone] = await appendRows(platform, [{ user_id: person }, { user_id: person }]);
    await platform.inspect(
      `BEGIN; ALTER TABLE audit_logs DISABLE TRIGGER USER; DELETE FROM audit_logs WHERE id = '${gone}'; ALTER TABLE audit_logs ENABLE TRIGGER USER; COMMIT`,
    );
    await closeAll();
    const fault = await faultOf(await exported(platform, { scope: 'person', personId: person }));
    expect(fault).toMatchObject({
      kind: 'missing',
      place: { rowId: gone },
      message: expect.stringContaining('before its block was closed'),
    });
    expect(kept).toBeDefined();
  });

  test('added past the triggers', async () => {
    const person = newId();
    await platform.inspect('ALTER TABLE audit_logs DISABLE TRIGGER USER');
    const [id] = await appendRows(platform, [{ user_id: person }]);
    await platform.inspect('ALTER TABLE audit_logs ENABLE TRIGGER USER');
    expect(await faultOf(await exported(platform, { scope: 'person', personId: person }))).toMatchObject({
      kind: 'inserted',
      place: { rowId: id },
    });
  });
});

describe('verifying names the first block that is', () => {
  test('altered, whatever was altered in it', async () => {
    const position = blockAt(ada, 2);
    for (const change of [
      (text: string) => text.replace(adaIds[3] ?? '', newId()),
      (text: string) => text.replace(/"closedAt":"20/, '"closedAt":"21'),
      (text: string) => text.replace(/"hash":"./, (found) => `${found.slice(0, -1)}${found.endsWith('0') ? '1' : '0'}`),
    ])
      expect(await faultOf(withEnd(replaced(position, change)))).toMatchObject({
        kind: 'altered',
        place: { line: position + 1, chain: ada, block: 2 },
      });
  });

  test('unsigned, signed by a key that was not given, or forged', async () => {
    const position = blockAt(ada, 2);
    expect(await faultOf(withEnd(replaced(position, (text) => text.replace(/"signature":"[^"]+"/, '"signature":""'))))).toMatchObject({
      kind: 'unsigned',
      place: { chain: ada, block: 2 },
    });
    expect(await faultOf(all, { keys: testAuditKeys('test') })).toMatchObject({
      kind: 'unknown key',
      message: expect.stringContaining(testAuditKey('second').keyId),
    });
    expect(await faultOf(all, { keys: testAuditKeys('another') })).toMatchObject({ kind: 'unknown key' });
    const forged = (text: string): string => text.replace(testAuditKey('second').keyId, testAuditKey('test').keyId);
    expect(await faultOf(withEnd(replaced(position, forged)))).toMatchObject({ kind: 'forged', place: { chain: ada, block: 2 } });
  });

  test('missing, at the beginning, within or after another', async () => {
    const [one, two] = [blockAt(ada, 1), blockAt(ada, 2)];
    const blockOne = without(...Array.from({ length: two - one }, (_, index) => one + index));
    expect(await faultOf(withEnd(blockOne))).toMatchObject({ kind: 'missing', place: { chain: ada, block: 1 } });
    const swapped = [...all.slice(0, one), ...all.slice(two, two + 3), ...all.slice(one, two), ...all.slice(two + 3)];
    expect(await faultOf(withEnd(swapped))).toMatchObject({ kind: 'missing', place: { chain: ada, block: 1 } });
  });

  test('a tail that was cut off or written anew, against a head that was noted', async () => {
    const head = (await verify(all)).heads[1] as NotedHead;
    expect(await verify(all, { heads: [head] })).toMatchObject({ chains: 3 });
    const two = blockAt(ada, 2);
    const cut = withEnd(without(two, two + 1, two + 2));
    expect(await verify(cut)).toMatchObject({ chains: 3 });
    expect(await faultOf(cut, { heads: [head] })).toMatchObject({ kind: 'truncated', place: { chain: ada, block: 2 } });
    expect(await faultOf(all, { heads: [{ ...head, hash: 'ab'.repeat(32) }] })).toMatchObject({
      kind: 'forged',
      place: { chain: ada, block: 2 },
    });
    expect(await faultOf(all, { heads: [{ ...head, chain: newId() }] })).toMatchObject({ kind: 'truncated' });
  });
});

test('rows that retention took are missed, unless whoever verifies knows of it', async () => {
  const person = newId();
  const [old] = await appendRows(platform, [
    { user_id: person, created_at: '2015-03-01T12:00:00Z' },
    { user_id: person, created_at: '2026-03-01T12:00:00Z' },
  ]);
  await closeAll();
  const lines = (await exported(platform, { scope: 'person', personId: person })).filter((line) => !line.includes(`{"row":{"id":"${old}"`));
  expect(await faultOf(withEnd(lines))).toMatchObject({ kind: 'missing', place: { rowId: old } });
  expect(await verify(withEnd(lines), { retiredBefore: '2015-04-01' })).toMatchObject({ rows: 1, retired: 1 });
  expect(await faultOf(withEnd(lines), { retiredBefore: '2015-03-01T12:00:00.000000Z' })).toMatchObject({ kind: 'missing' });
});

test('any byte of any row that is changed is found, and the row is named', async () => {
  const random = seededRandom(20_261_123);
  const rows = [...all.keys()].filter((position) => all[position]?.toString().startsWith('{"row"'));
  for (let round = 0; round < 3_000; round += 1) {
    const position = random.pick(rows);
    const line = all[position] as Buffer;
    const at = random.integer(0, line.length - 1);
    const byte = (line[at] ?? 0) ^ random.integer(1, 255);
    const lines = all.map((found, index) =>
      index === position ? Buffer.concat([line.subarray(0, at), Buffer.of(byte), line.subarray(at + 1)]) : found,
    );
    const id = /"id":"([^"]+)"/.exec(line.toString())?.[1];
    const fault = await faultOf(withEnd(lines));
    expect({ round, at, byte, rowId: fault.place.rowId }).toEqual({ round, at, byte, rowId: id });
  }
}, 30_000);

test('any byte of the rest that is changed is found', async () => {
  const random = seededRandom(7);
  for (let round = 0; round < 1_000; round += 1) {
    const file = Buffer.concat(all);
    const at = random.integer(0, file.length - 1);
    file[at] = (file[at] ?? 0) ^ random.integer(1, 255);
    expect(await faultOf([file])).toBeInstanceOf(AuditFault);
  }
}, 30_000);
