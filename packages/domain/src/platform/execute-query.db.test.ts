import { query, scope } from '@trii/contract';
import {
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { anonymous, localOrigin } from './actor.ts';
import { handler } from './handler.ts';
import { insertPortfolio, probeCount } from './tests/probe-operations.ts';

let database: TestDatabase;
let platform: TestPlatform;
let actor: UserActor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  actor = investorActor((await createUser(database)).id);
  await createPortfolio(database, { userId: actor.userId });
});

const origin = localOrigin('request-1');
const shape = {
  summary: 'A probe.',
  input: z.strictObject({}),
  output: z.object({ seen: z.array(z.int()) }),
  access: scope('read'),
  example: {},
};

it("reads under the caller's row-level security", async () => {
  const other = investorActor((await createUser(database)).id);
  expect(await platform.executor.run(probeCount, { actor, input: {}, origin })).toEqual({ portfolios: 1 });
  expect(await platform.executor.run(probeCount, { actor: other, input: {}, origin })).toEqual({ portfolios: 0 });
});

it('refuses whoever is not signed in or lacks the scope, and input keys that are not declared', async () => {
  await expect(platform.executor.run(probeCount, { actor: anonymous, input: {}, origin })).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
  const trader = investorActor(actor.userId, ['trade']);
  await expect(platform.executor.run(probeCount, { actor: trader, input: {}, origin })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(platform.executor.run(probeCount, { actor, input: { userId: actor.userId }, origin })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
});

it('cannot write', async () => {
  const writing = handler(query('probe.write', shape), async (ctx) => {
    await insertPortfolio(ctx, 'from a query');
    return { seen: [] };
  });
  const before = platform.logger.lines.length;
  await expect(platform.executor.run(writing, { actor, input: {}, origin })).rejects.toMatchObject({ code: 'INTERNAL' });
  // read_only_sql_transaction
  expect(platform.logger.lines.slice(before)).toMatchObject([{ fields: { error: { code: '25006' } } }]);
  expect(await platform.executor.run(probeCount, { actor, input: {}, origin })).toEqual({ portfolios: 1 });
});

it('sees one snapshot, whatever commits between its statements', async () => {
  const twice = handler(query('probe.twice', shape), async ({ sql }) => {
    const count = async () => (await sql<{ n: number }>`SELECT count(*)::int AS n FROM portfolios`)[0]?.n ?? -1;
    const before = await count();
    await createPortfolio(database, { userId: actor.userId });
    return { seen: [before, await count()] };
  });
  expect(await platform.executor.run(twice, { actor, input: {}, origin })).toEqual({ seen: [1, 1] });
  expect(await platform.executor.run(probeCount, { actor, input: {}, origin })).toEqual({ portfolios: 2 });
});

it('leaves an audit row only when it reads personal data', async () => {
  const audits = () => platform.inspect('SELECT use_case, outcome, action, request_id FROM audit_logs WHERE user_id = $1', [actor.userId]);
  await platform.executor.run(probeCount, { actor, input: {}, origin });
  expect(await audits()).toEqual([]);
  const personal = handler(query('probe.personal', { ...shape, pii: true }), () => Promise.resolve({ seen: [] }));
  await platform.executor.run(personal, { actor, input: {}, origin });
  expect(await audits()).toEqual([{ use_case: 'probe.personal', outcome: 'ok', action: 'READ', request_id: 'request-1' }]);
});
