import { command, system } from '@trii/contract';
import { newId } from '@trii/kernel';
import {
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localOrigin, systemActor } from './actor.ts';
import { Failure } from './failure.ts';
import { handler } from './handler.ts';
import { open, Opened, probeShape, probeSubscriptions } from './tests/probe-operations.ts';

let database: TestDatabase;
let platform: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { subscriptions: probeSubscriptions });
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

/** Resolves for everybody once `parties` have arrived. */
function meeting(parties: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    arrived += 1;
    if (arrived >= parties) open();
    return all;
  };
}

describe('a command that meets another', () => {
  it('is run again with a fresh entity manager and an empty emit list when PostgreSQL ends a deadlock with it', async () => {
    const userId = (await createUser(database)).id;
    const one = (await createPortfolio(database, { userId })).id;
    const two = (await createPortfolio(database, { userId })).id;
    const bothHoldOne = meeting(2);
    const managers = new Set<unknown>();
    const lockBoth = (first: string, second: string) =>
      handler(open, async (ctx) => {
        managers.add(ctx.em);
        ctx.emit(Opened, { aggregateId: first, userId, payload: { portfolioId: first } });
        await ctx.sql`SELECT 1 FROM portfolios WHERE id = ${first} FOR UPDATE`;
        await bothHoldOne();
        await ctx.sql`SELECT 1 FROM portfolios WHERE id = ${second} FOR UPDATE`;
        return { id: first };
      });
    const call = { actor: investorActor(userId), input: { name: 'both' }, origin: localOrigin('request-1') };
    const views = await Promise.all([platform.executor.run(lockBoth(one, two), call), platform.executor.run(lockBoth(two, one), call)]);
    expect(views).toEqual([{ id: one }, { id: two }]);
    expect(managers.size).toBe(3);
    const [left] = await platform.inspect(
      'SELECT (SELECT count(*)::int FROM outbox WHERE user_id = $1) AS events, (SELECT count(*)::int FROM audit_logs WHERE user_id = $1) AS audits',
      [userId],
    );
    expect(left).toEqual({ events: 2, audits: 2 });
  });

  it('gives up after four attempts, and says that the same call may be tried again', async () => {
    const userId = (await createUser(database)).id;
    let attempts = 0;
    const unlucky = handler(open, async (ctx) => {
      attempts += 1;
      await ctx.sql`DO $$ BEGIN RAISE EXCEPTION 'always' USING ERRCODE = '40001'; END $$`;
      return { id: newId() };
    });
    const failed = platform.executor.run(unlucky, { actor: investorActor(userId), input: { name: 'a' }, origin: localOrigin('request-1') });
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT_RETRY' });
    expect(attempts).toBe(4);
  });
});

describe('a command run by a job', () => {
  const work = handler(command('probe.work', { ...probeShape, access: system }), async (ctx, { end }) => {
    if (end === 'refuse') return ctx.refuse('PORTFOLIO_NOT_ACTIVE');
    if (end === 'refuse for now') return ctx.refuse('PRICE_MISSING');
    if (end === 'throw') throw new Error('the probe broke');
    return { id: newId() };
  });

  it.each([
    ['view', 'done'],
    ['refuse', 'done'],
    ['refuse for now', 'relayed'],
    ['throw', 'relayed'],
  ])('that ends with a %s leaves its delivery %s', async (end, status) => {
    const eventId = newId();
    await platform.inspect(
      "INSERT INTO deliveries (event_id, job_name, event_created_at, status) VALUES ($1, 'probe-job', now(), 'relayed')",
      [eventId],
    );
    const call = {
      actor: systemActor('probe-job'),
      input: { name: 'a', end },
      origin: localOrigin(eventId),
      completes: { eventId, jobName: 'probe-job' },
    };
    await platform.executor.run(work, call).catch((error: unknown) => expect(error).toBeInstanceOf(Failure));
    expect(await platform.inspect('SELECT status FROM deliveries WHERE event_id = $1', [eventId])).toEqual([{ status }]);
  });

  it('is not reached by an investor, however many permissions the session has', async () => {
    const intruder = investorActor((await createUser(database)).id, ['read', 'write', 'trade', 'operate']);
    const refused = platform.executor.run(work, { actor: intruder, input: { name: 'a' }, origin: localOrigin('request-1') });
    await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
