import { command, operator, query, scope } from '@trii/contract';
import { newId } from '@trii/kernel';
import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  testVault,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { localOrigin, type Actor } from './actor.ts';
import { handler, type CommandHandler, type QueryHandler } from './handler.ts';
import type { Sql } from './transactions.ts';

let database: TestDatabase;
let platform: TestPlatform;
/** What the vault was asked, in order, and whether a transaction was open then. */
const asked: string[] = [];
let ada: UserActor;
beforeAll(async () => {
  database = await createTestDatabase();
  const vault = testVault();
  const unwrap: typeof vault.unwrap = async (userId, wrapped) => {
    const open = await platform.inspect(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    );
    asked.push(`${userId} ${open.length === 0 ? 'before' : 'inside'}`);
    return vault.unwrap(userId, wrapped);
  };
  platform = await createTestPlatform(database, { vault: { ...vault, unwrap } });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  ada = investorActor((await createUser(database)).id);
  asked.length = 0;
});

const shape = { summary: 'A probe.', output: z.object({ name: z.string().nullable() }), example: {} };
const audit = { entityType: 'USER', action: 'UPDATE' } as const;
const run = (probe: QueryHandler | CommandHandler, input: unknown, actor: Actor = ada) =>
  platform.executor.run(probe, { actor, input, origin: localOrigin(newId()) }) as Promise<{ name: string | null }>;

const nameOf = async (sql: Sql, userId: string) => {
  const [row] = await sql<{ name: string }>`SELECT decrypt_pii(first_name_enc) AS name FROM users WHERE id = ${userId}`;
  return { name: row?.name ?? null };
};

const own = z.strictObject({});
const other = z.strictObject({ person: z.uuid() });
const isAda = ({ sql }: { readonly sql: Sql }) => nameOf(sql, ada.userId);

it('opens the key of whoever acts, before the transaction, when the operation declares pii', async () => {
  const probes = [
    handler(query('probe.own', { ...shape, input: own, access: scope('read'), pii: true }), isAda),
    handler(command('probe.own', { ...shape, input: own, access: scope('write'), audit, pii: true }), isAda),
  ];
  for (const probe of probes) expect(await run(probe, {})).toEqual({ name: 'Ada' });
  expect(asked).toEqual([`${ada.userId} before`, `${ada.userId} before`]);
});

it('opens nothing when it does not declare it', async () => {
  const probes = [
    handler(query('probe.own', { ...shape, input: own, access: scope('read') }), isAda),
    handler(command('probe.own', { ...shape, input: own, access: scope('write'), audit }), isAda),
  ];
  for (const probe of probes) await expect(run(probe, {})).rejects.toMatchObject({ code: 'INTERNAL', cause: { code: 'TR030' } });
  expect(asked).toEqual([]);
});

it('opens for an operator the key of the person that the input names, and of nobody else', async () => {
  const bob = await createUser(database);
  const access = operator('operate');
  const declared = query('probe.person', { ...shape, input: other, access, pii: true, subject: 'person', example: { person: bob.id } });
  const reads = (userId: () => string) => handler(declared, ({ sql }) => nameOf(sql, userId()));
  expect(
    await run(
      reads(() => ada.userId),
      { person: ada.userId },
      operatorActor(),
    ),
  ).toEqual({ name: 'Ada' });
  await expect(
    run(
      reads(() => bob.id),
      { person: ada.userId },
      operatorActor(),
    ),
  ).rejects.toMatchObject({ code: 'INTERNAL', cause: { code: 'TR031' } });
  const unnamed = query('probe.person', { ...shape, input: other, access, pii: true, example: { person: bob.id } });
  await expect(run(handler(unnamed, isAda), { person: ada.userId }, operatorActor())).rejects.toMatchObject({ cause: { code: 'TR030' } });
});

it('does not let an operation without pii call one with it', async () => {
  const inner = handler(query('probe.inner', { ...shape, input: own, access: scope('write'), pii: true }), isAda);
  const outer = (pii: boolean) =>
    handler(command('probe.outer', { ...shape, input: own, access: scope('write'), audit, pii }), (ctx) => ctx.call(inner, {}));
  expect(await run(outer(true), {})).toEqual({ name: 'Ada' });
  await expect(run(outer(false), {})).rejects.toMatchObject({ code: 'INTERNAL' });
});

it('keeps the key through a refusal, so that what was noted is encrypted or gone', async () => {
  const declared = command('probe.refusing', { ...shape, input: own, access: scope('write'), audit, pii: true, errors: ['NOT_FOUND'] });
  const probe = handler(declared, (ctx) => {
    ctx.note({ personal: { new: { phone: '+573001234567' } } });
    return ctx.refuse('NOT_FOUND');
  });
  await expect(run(probe, {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const [row] = await platform.inspect<{ new_values: { refused: string; personal: string } }>(
    "SELECT new_values FROM audit_logs WHERE user_id = $1 AND use_case = 'probe.refusing'",
    [ada.userId],
  );
  expect(row?.new_values.refused).toBe('NOT_FOUND');
  expect(
    Buffer.from(row?.new_values.personal ?? '', 'base64')
      .subarray(17, 20)
      .toString('hex'),
  ).toBe('c30c04');
});
