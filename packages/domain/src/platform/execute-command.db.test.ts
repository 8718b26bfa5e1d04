import { command, operator } from '@trii/contract';
import { newId } from '@trii/kernel';
import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anonymous, type Actor } from './actor.ts';
import { Failure } from './failure.ts';
import { handler, type CommandHandler } from './handler.ts';
import {
  insertPortfolio,
  open,
  openForOperators,
  probeCount,
  probeOpen,
  probeShape,
  probeSubscriptions,
} from './tests/probe-operations.ts';
import { ValuationClock } from './valuation-clock.entity.ts';

let database: TestDatabase;
let platform: TestPlatform;
let actor: UserActor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { subscriptions: probeSubscriptions });
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  actor = investorActor((await createUser(database)).id);
});

interface Left {
  readonly portfolios: string[];
  readonly recorded: string | null;
  readonly audits: string[];
  readonly events: number;
  readonly deliveries: string[];
  readonly answers: string[];
}

/** Everything that calls of one user left behind. */
async function left(userId: string): Promise<Left> {
  const [row] = await platform.inspect<Left>(
    `SELECT ARRAY(SELECT name FROM portfolios WHERE user_id = $1 ORDER BY name) AS portfolios,
       (SELECT preferred_language FROM user_preferences WHERE user_id = $1) AS recorded,
       ARRAY(SELECT use_case || ' ' || outcome FROM audit_logs WHERE user_id = $1 ORDER BY id) AS audits,
       (SELECT count(*)::int FROM outbox WHERE user_id = $1) AS events,
       ARRAY(SELECT job_name || ' ' || status FROM deliveries WHERE user_id = $1 ORDER BY job_name) AS deliveries,
       ARRAY(SELECT use_case || ' ' || outcome FROM idempotency WHERE user_id = $1) AS answers`,
    [userId],
  );
  if (row === undefined) throw new Error('a row of counts');
  return row;
}

const nothing: Left = { portfolios: [], recorded: null, audits: [], events: 0, deliveries: [], answers: [] };

const run = <H extends CommandHandler>(probe: H, input: unknown, options: { readonly actor?: Actor; readonly key?: string } = {}) =>
  platform.executor.run(probe, {
    actor: options.actor ?? actor,
    input,
    origin: { requestId: 'request-1', ipAddress: '192.0.2.7', userAgent: 'vitest' },
    idempotencyKey: options.key,
  });

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'a view',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );

describe('how a command ends', () => {
  it('commits rows, record, event, deliveries, audit row and answer with a view', async () => {
    const { id } = await run(probeOpen(), { name: 'a' }, { key: newId() });
    expect(await left(actor.userId)).toEqual({
      portfolios: ['a'],
      recorded: 'a',
      audits: ['probe.open ok'],
      events: 1,
      deliveries: ['probe-job pending', 'publish-live pending'],
      answers: ['probe.open view'],
    });
    const audits = await platform.inspect(
      'SELECT entity_type, entity_id, action, old_values, new_values, ip_address, user_agent, actor, request_id FROM audit_logs WHERE user_id = $1',
      [actor.userId],
    );
    expect(audits).toEqual([
      {
        entity_type: 'PORTFOLIO',
        entity_id: id,
        action: 'CREATE',
        old_values: null,
        new_values: { name: 'a' },
        ip_address: '192.0.2.7',
        user_agent: 'vitest',
        actor: `user:${actor.userId}`,
        request_id: 'request-1',
      },
    ]);
    const events = await platform.inspect('SELECT aggregate_type, aggregate_id, name, payload FROM outbox WHERE user_id = $1', [
      actor.userId,
    ]);
    expect(events).toEqual([{ aggregate_type: 'PORTFOLIO', aggregate_id: id, name: 'probe.Opened', payload: { portfolioId: id } }]);
  });

  it('undoes the work of a refusal, and keeps what was recorded, the audit row and the answer', async () => {
    const refused = run(probeOpen(), { name: 'a', end: 'refuse' }, { key: newId() });
    await expect(refused).rejects.toMatchObject({ name: 'Refusal', code: 'PORTFOLIO_NOT_ACTIVE', details: { why: 'asked to' } });
    expect(await left(actor.userId)).toEqual({
      ...nothing,
      recorded: 'a',
      audits: ['probe.open refused'],
      answers: ['probe.open refused'],
    });
    const [audit] = await platform.inspect('SELECT new_values FROM audit_logs WHERE user_id = $1', [actor.userId]);
    expect(audit).toEqual({ new_values: { refused: 'PORTFOLIO_NOT_ACTIVE', why: 'asked to' } });
  });

  it('leaves nothing of a throw, hides its message and logs its cause with the request id', async () => {
    const before = platform.logger.lines.length;
    const failed = run(probeOpen(), { name: 'a', end: 'throw' }, { key: newId() });
    await expect(failed).rejects.toMatchObject({ code: 'INTERNAL', message: expect.not.stringContaining('probe') as string });
    expect(await left(actor.userId)).toEqual(nothing);
    expect(platform.logger.lines.slice(before)).toMatchObject([
      { level: 'error', fields: { requestId: 'request-1', useCase: 'probe.open', error: { message: 'the probe broke' } } },
    ]);
  });

  it('writes what changed in entities with a view, and undoes it with a refusal', async () => {
    const fix = handler(openForOperators, async (ctx, { name, end }) => {
      const clock = await ctx.em.findOneOrFail(ValuationClock, { singleton: true });
      clock.valuationDate = name;
      if (end !== 'refuse') return { id: newId() };
      await ctx.em.flush();
      return ctx.refuse('PORTFOLIO_NOT_ACTIVE');
    });
    const fixed = () => platform.inspect('SELECT valuation_date::text FROM valuation_clock');
    await run(fix, { name: '2018-03-01' }, { actor: operatorActor() });
    expect(await fixed()).toEqual([{ valuation_date: '2018-03-01' }]);
    expect(await codeOf(run(fix, { name: '2018-03-02', end: 'refuse' }, { actor: operatorActor() }))).toBe('PORTFOLIO_NOT_ACTIVE');
    expect(await fixed()).toEqual([{ valuation_date: '2018-03-01' }]);
  });

  it('refuses the whole command when the handler swallows its own refusal', async () => {
    const swallowing = handler(open, async (ctx, input) => {
      const probe = probeOpen();
      await probe.handle(ctx, { ...input, end: 'refuse' }).catch(() => undefined);
      return { id: newId() };
    });
    expect(await codeOf(run(swallowing, { name: 'a' }))).toBe('PORTFOLIO_NOT_ACTIVE');
    expect((await left(actor.userId)).portfolios).toEqual([]);
  });
});

describe('an idempotency key', () => {
  it('gives the first answer again without running twice', async () => {
    const key = newId();
    const names: string[] = [];
    const probe = probeOpen({ onRun: (_, name) => void names.push(name) });
    const first = await run(probe, { name: 'a' }, { key });
    expect(await run(probe, { name: 'a' }, { key })).toEqual(first);
    expect(names).toEqual(['a']);
    expect(await left(actor.userId)).toMatchObject({ portfolios: ['a'], audits: ['probe.open ok'], events: 1 });
  });

  it('gives a refusal again, with its details', async () => {
    const key = newId();
    const probe = probeOpen();
    const [first, second] = await Promise.all(
      [1, 2].map(() => run(probe, { name: 'a', end: 'refuse' }, { key }).catch((error: unknown) => error)),
    );
    expect(first).toMatchObject({ code: 'PORTFOLIO_NOT_ACTIVE', details: { why: 'asked to' } });
    expect(second).toMatchObject({ code: 'PORTFOLIO_NOT_ACTIVE', details: { why: 'asked to' } });
    expect((await left(actor.userId)).audits).toEqual(['probe.open refused']);
  });

  it('lets one of two racing calls run, and gives both its answer', async () => {
    const key = newId();
    let runs = 0;
    const slow = probeOpen({
      onRun: async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      },
    });
    const [first, second] = await Promise.all([run(slow, { name: 'a' }, { key }), run(slow, { name: 'a' }, { key })]);
    expect(second).toEqual(first);
    expect(runs).toBe(1);
  });

  it('is not taken for another input', async () => {
    const key = newId();
    await run(probeOpen(), { name: 'a' }, { key });
    expect(await codeOf(run(probeOpen(), { name: 'b' }, { key }))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await left(actor.userId)).portfolios).toEqual(['a']);
  });

  it('is the same input when a default was left out', async () => {
    const key = newId();
    const first = await run(probeOpen(), { name: 'a' }, { key });
    expect(await run(probeOpen(), { end: 'view', name: 'a' }, { key })).toEqual(first);
  });

  it('belongs to one user', async () => {
    const key = newId();
    const other = investorActor((await createUser(database)).id);
    const own = await run(probeOpen(), { name: 'a' }, { key });
    expect(await run(probeOpen(), { name: 'b' }, { key, actor: other })).not.toEqual(own);
  });

  it('is free again after a throw', async () => {
    const key = newId();
    expect(await codeOf(run(probeOpen(), { name: 'a', end: 'throw' }, { key }))).toBe('INTERNAL');
    expect(await codeOf(run(probeOpen(), { name: 'b' }, { key }))).toBe('a view');
  });

  it('is free again after a refusal that may end well later', async () => {
    const key = newId();
    expect(await codeOf(run(probeOpen(), { name: 'a', end: 'refuse for now' }, { key }))).toBe('PRICE_MISSING');
    expect(await left(actor.userId)).toMatchObject({ recorded: 'a', audits: ['probe.open refused'], answers: [] });
    expect(await codeOf(run(probeOpen(), { name: 'a' }, { key }))).toBe('a view');
  });

  it('is asked before the network is', async () => {
    const key = newId();
    let asked = 0;
    const probe = handler(open, {
      prepare: () => Promise.resolve((asked += 1)),
      handle: async (ctx, { name }) => ({ id: await insertPortfolio(ctx, name) }),
    });
    const first = await run(probe, { name: 'a' }, { key });
    expect(await run(probe, { name: 'a' }, { key })).toEqual(first);
    expect(asked).toBe(1);
  });

  it('stores nothing of an answer that holds a secret, and so runs again', async () => {
    const key = newId();
    const secret = `secret-${newId()}`;
    const declaration = command('probe.secret', { ...probeShape, output: z.object({ secret: z.string() }), replay: 'none' });
    let runs = 0;
    const probe = handler(declaration, async (ctx, { name }) => {
      runs += 1;
      ctx.note({ entityId: await insertPortfolio(ctx, name) });
      return { secret };
    });
    expect(await run(probe, { name: 'a' }, { key })).toEqual({ secret });
    expect(await run(probe, { name: 'a' }, { key })).toEqual({ secret });
    expect(runs).toBe(2);
    const [found] = await platform.inspect(
      `SELECT (SELECT count(*)::int FROM audit_logs t WHERE t::text LIKE $1) + (SELECT count(*)::int FROM idempotency t WHERE t::text LIKE $1)
         + (SELECT count(*)::int FROM outbox t WHERE t::text LIKE $1) AS places`,
      [`%${secret}%`],
    );
    expect(found).toEqual({ places: 0 });
    expect((await left(actor.userId)).answers).toEqual([]);
  });
});

describe('the door of a command', () => {
  it('refuses input keys that are not declared, and says which', async () => {
    const refused = run(probeOpen(), { name: 'a', nmae: 'b' });
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'nmae' }] },
    });
    expect(await left(actor.userId)).toEqual(nothing);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', 'a\ud800b'],
  ])('refuses a text with %s, which PostgreSQL cannot hold', async (_, name) => {
    expect(await codeOf(run(probeOpen(), { name }, { key: newId() }))).toBe('INVALID_INPUT');
  });

  it('refuses a session without the scope, and audits the denial', async () => {
    const reader = investorActor(actor.userId, ['read']);
    await expect(run(probeOpen(), { name: 'a' }, { actor: reader, key: newId() })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { permission: 'write' },
    });
    expect(await left(actor.userId)).toEqual({ ...nothing, audits: ['probe.open denied'] });
  });

  it('refuses an investor at an operation for operators, and audits the denial', async () => {
    const probe = handler(openForOperators, () => Promise.resolve({ id: newId() }));
    expect(await codeOf(run(probe, { name: 'a' }))).toBe('FORBIDDEN');
    expect((await left(actor.userId)).audits).toEqual(['probe.openForOperators denied']);
  });

  it('refuses whoever is not signed in', async () => {
    expect(await codeOf(run(probeOpen(), { name: 'a' }, { actor: anonymous }))).toBe('UNAUTHENTICATED');
  });

  it('refuses a view that is not the declared one, and undoes the work', async () => {
    const wrong = handler(open, async (ctx, { name }) => ({ id: `not-${await insertPortfolio(ctx, name)}` }));
    expect(await codeOf(run(wrong, { name: 'a' }))).toBe('INTERNAL');
    expect(await left(actor.userId)).toEqual(nothing);
  });
});

describe('an operation inside another', () => {
  const outer = command('probe.outer', { ...probeShape, output: z.object({ inner: z.string(), seen: z.int() }) });

  it('shares the transaction and leaves its own event and audit row', async () => {
    const probe = handler(outer, async (ctx, { name }) => {
      const { id } = await ctx.call(probeOpen(), { name: `${name}-inner`, end: 'view' });
      const { portfolios } = await ctx.call(probeCount, {});
      return { inner: id, seen: portfolios };
    });
    expect(await run(probe, { name: 'a' })).toMatchObject({ seen: 1 });
    expect(await left(actor.userId)).toMatchObject({ portfolios: ['a-inner'], audits: ['probe.open ok', 'probe.outer ok'], events: 1 });
  });

  it('refuses the outer one with it, caught or not', async () => {
    const probe = handler(outer, async (ctx, { name }) => {
      await insertPortfolio(ctx, name);
      await ctx.call(probeOpen(), { name: 'inner', end: 'refuse' }).catch(() => undefined);
      return { inner: 'none', seen: 0 };
    });
    expect(await codeOf(run(probe, { name: 'a' }))).toBe('PORTFOLIO_NOT_ACTIVE');
    expect(await left(actor.userId)).toMatchObject({ portfolios: [], audits: ['probe.outer refused'], events: 0 });
  });

  it('is authorised as it declares itself', async () => {
    const forOperators = handler(openForOperators, () => Promise.resolve({ id: newId() }));
    const probe = handler(outer, async (ctx) => ({ inner: (await ctx.call(forOperators, { name: 'b', end: 'view' })).id, seen: 0 }));
    expect(await codeOf(run(probe, { name: 'a' }))).toBe('FORBIDDEN');
    // An operator too: this transaction has the investor's role, not theirs.
    expect(await codeOf(run(probe, { name: 'a' }, { actor: investorActor(actor.userId, ['write', 'operate']) }))).toBe('INTERNAL');
    expect((await left(actor.userId)).audits).toEqual([]);
  });

  it('sees in plain SQL what entities became before', async () => {
    const declaration = command('probe.clock', { ...probeShape, access: operator('operate'), output: z.object({ date: z.string() }) });
    const read = handler(declaration, async ({ sql }) => ({
      date: (await sql<{ d: string }>`SELECT valuation_date AS d FROM valuation_clock`)[0]?.d ?? '',
    }));
    const probe = handler(declaration, async (ctx, { name }) => {
      (await ctx.em.findOneOrFail(ValuationClock, { singleton: true })).valuationDate = name;
      return ctx.call(read, { name, end: 'view' });
    });
    expect(await run(probe, { name: '2018-03-05' }, { actor: operatorActor() })).toEqual({ date: '2018-03-05' });
  });

  it('stops before it calls itself for ever', async () => {
    let depth = 0;
    const probe: CommandHandler = handler(outer, async (ctx, input) => {
      depth += 1;
      await ctx.call(probe, input);
      return { inner: '', seen: 0 };
    });
    expect(await codeOf(run(probe, { name: 'a' }))).toBe('INTERNAL');
    expect(depth).toBe(6);
  });
});
