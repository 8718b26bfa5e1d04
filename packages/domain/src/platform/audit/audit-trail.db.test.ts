import { newId } from '@trii/kernel';
import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  investorActor,
  operatorActor,
  testAuditKey,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localOrigin, systemActor } from '../actor.ts';
import { auditHeadsHandler } from './audit-heads.ts';
import { auditTrailHandler, myAuditHandler } from './audit-trail.ts';
import { PLATFORM_CHAIN } from './audit-format.ts';
import { closeAuditBlocksHandler } from './close-audit-blocks.ts';
import { appendRows } from './tests/audit-rows.ts';

let database: TestDatabase;
let platform: TestPlatform;
const [ada, bob] = [newId(), newId()];
let ids: string[];
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  // Two of one instant, and one between them and the oldest by a microsecond.
  const at = ['2026-05-01T10:00:00.000001Z', '2026-05-01T10:00:00.000002Z', '2026-05-01T10:00:00.000003Z', '2026-05-01T10:00:00.000003Z'];
  ids = await appendRows(
    platform,
    at.map((created_at) => ({ user_id: ada, created_at, ip_address: '192.0.2.7', new_values: '{"a":1}' })),
  );
  await appendRows(platform, [{ user_id: bob, created_at: '2026-05-01T10:00:00Z' }]);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const asOperator = () => callAs(platform, operatorActor());

describe('the trail of a person', () => {
  test('comes newest first, in pages without a gap or a repeat, and leaves a row that says who looked', async () => {
    const call = asOperator();
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const { items, nextCursor } = await call(auditTrailHandler, { personId: ada, limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...items.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
      expect(nextCursor === null).toBe(page === 3);
    }
    expect(seen).toEqual(ids.toReversed());
    const looks = await platform.inspect(
      `SELECT action, outcome FROM audit_logs WHERE use_case = 'platform.auditTrail' AND entity_id = $1`,
      [ada],
    );
    expect(looks).toEqual(Array.from({ length: 4 }, () => ({ action: 'READ', outcome: 'ok' })));
  });

  test('tells where it came from, and is bounded by time', async () => {
    const { items } = await asOperator()(auditTrailHandler, { personId: ada, to: '2026-05-01T10:00:00.000002Z', entityType: 'TEST' });
    expect(items).toEqual([
      expect.objectContaining({
        id: ids[0],
        at: '2026-05-01T10:00:00.000Z',
        personId: ada,
        ipAddress: '192.0.2.7',
        newValues: { a: 1 },
        oldValues: null,
      }),
    ]);
  });

  test.each([[{}], [{ entityType: 'TEST' }], [{ from: '2026-01-01T00:00:00Z' }]])('is not read without naming whose: %j', async (input) => {
    await expect(asOperator()(auditTrailHandler, input)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('is their own to read, and nobody else’s', async () => {
    await asOperator()(auditTrailHandler, { personId: ada });
    const mine = (await callAs(platform, investorActor(ada))(myAuditHandler, {})).items;
    expect(mine.slice(-ids.length).map(({ id }) => id)).toEqual(ids.toReversed());
    // Who looked at it stands in it too.
    expect(mine[0]).toMatchObject({ useCase: 'platform.auditTrail', action: 'READ', actor: expect.stringMatching(/^user:/) });
    expect((await callAs(platform, investorActor(bob))(myAuditHandler, {})).items).toHaveLength(1);
    expect((await callAs(platform, investorActor(newId()))(myAuditHandler, {})).items).toEqual([]);
  });
});

test('the heads are the newest block of every chain, and what waits is told', async () => {
  const call = asOperator();
  expect((await call(auditHeadsHandler, {})).waiting).toMatchObject({
    rows: expect.any(Number),
    since: expect.stringMatching(/^2026-05-01T10:00/),
  });
  const close = () =>
    platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), {
      actor: systemActor('test'),
      input: {},
      origin: localOrigin(newId()),
    });
  const heads = async (limit: number) => {
    const first = await call(auditHeadsHandler, { limit });
    const rest = first.nextCursor === null ? [] : (await call(auditHeadsHandler, { cursor: first.nextCursor })).items;
    return [...first.items, ...rest].map(({ chain, blockNumber }) => [chain, blockNumber]);
  };
  const newest = async () =>
    (
      await platform.inspect<{ chain: string; n: number }>(
        'SELECT chain, max(block_number)::int AS n FROM audit_blocks GROUP BY 1 ORDER BY 1',
      )
    ).map(({ chain, n }) => [chain, n]);
  const closedTo = async (number: number) =>
    expect
      .poll(async () => (await close(), (await heads(500)).find(([chain]) => chain === bob)), { timeout: 15_000 })
      .toEqual([bob, number]);
  await closedTo(1);
  await appendRows(platform, [{ user_id: bob }]);
  await closedTo(2);
  const all = await heads(1);
  expect(all).toEqual(await newest());
  expect(all[0]?.[0]).toBe(PLATFORM_CHAIN);
  expect(all.find(([chain]) => chain === ada)).toEqual([ada, 1]);
});
