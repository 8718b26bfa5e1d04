import { type AnyDeclaration, callerOperations, type ErrorCode, ownOperations } from '@trii/contract';
import { type Actor, actorKey, anonymous, systemActor } from '@trii/domain';
import { newId } from '@trii/kernel';
import {
  createTenant,
  createTestDatabase,
  createTestPlatform,
  fillExample,
  footprint,
  investorActor,
  namesAnything,
  namesOwned,
  operatorActor,
  prepareWorld,
  type Tenant,
  type World,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Invocation, operationsCaller, type OperationsCaller } from './tests/operations-caller.ts';

// Generated from the contract: a new declaration is held to all of this by itself, or the run says what this world lacks for its example.

let world: World;
let operations: OperationsCaller;
beforeAll(async () => {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  world = { database, platform };
  operations = operationsCaller(platform);
  await prepareWorld(world);
});
afterAll(async () => {
  await world.platform.close();
  await world.database.close();
});

const operator = operatorActor();

/** Whoever the declaration lets in. */
function callerOf({ access }: AnyDeclaration, owner: Tenant): Actor {
  switch (access.to) {
    case 'public':
      return anonymous;
    case 'investor':
      return owner.actor;
    case 'operator':
      return operator;
    case 'system':
      return systemActor('test');
  }
}

/** The same caller with every right but the one that is asked for. */
function callerWithout({ access }: AnyDeclaration, owner: Tenant): Actor {
  const all = operator.permissions;
  return investorActor(owner.actor.userId, 'scope' in access ? all.filter((permission) => permission !== access.scope) : all);
}

const none: readonly string[] = [];
const marksIn = (shown: unknown, { marks }: Tenant): string[] => marks.filter((mark) => JSON.stringify(shown ?? null).includes(mark));

interface AuditRow {
  readonly use_case: string;
  readonly entity_type: string;
  readonly action: string;
  readonly entity_id: string | null;
  readonly outcome: string;
  readonly actor: string;
}

const auditOf = async (requestId: string): Promise<AuditRow[]> =>
  world.platform.inspect<AuditRow>(
    'SELECT use_case, entity_type, action, entity_id, outcome, actor FROM audit_logs WHERE request_id = $1 ORDER BY created_at, id',
    [requestId],
  );

const answersUnder = async (key: string): Promise<number> =>
  (await world.platform.inspect('SELECT FROM idempotency WHERE key = $1', [key])).length;

/** The call fails with that code, changes nothing, and no row of the audit says that it went well. */
async function expectDenial(invocation: Invocation, code: ErrorCode): Promise<void> {
  const requestId = newId();
  const before = await footprint(world.platform);
  await expect(operations.call({ ...invocation, requestId })).rejects.toMatchObject({ code });
  expect(await footprint(world.platform)).toEqual(before);
  expect((await auditOf(requestId)).filter(({ outcome }) => outcome === 'ok')).toHaveLength(0);
}

interface Scene {
  readonly owner: Tenant;
  readonly other: Tenant;
  readonly caller: Actor;
}

const scenes = new Map<AnyDeclaration, Scene>();

/** Two investors for each operation, so that what one operation leaves behind is not in another's way. */
async function sceneOf(declaration: AnyDeclaration): Promise<Scene & { readonly invocation: Invocation }> {
  const known = scenes.get(declaration);
  const owner = known?.owner ?? (await createTenant(world));
  const scene = known ?? { owner, other: await createTenant(world), caller: callerOf(declaration, owner) };
  scenes.set(declaration, scene);
  // One operation ends it.
  await world.platform.inspect('UPDATE user_sessions SET is_active = true WHERE id = $1', [owner.actor.sessionId]);
  const input = await fillExample({ ...world, declaration, tenant: owner });
  return { ...scene, invocation: { declaration, actor: scene.caller, input } };
}

type Row = readonly [string, AnyDeclaration];
const all: readonly Row[] = [...callerOperations, ...ownOperations].map((declaration) => [declaration.name, declaration]);
const having = (isOne: (declaration: AnyDeclaration) => boolean): readonly Row[] => all.filter(([, declaration]) => isOne(declaration));
/** Nobody in particular cannot own a key. */
const keepsAnswers = ({ replay, access }: AnyDeclaration): boolean => replay === 'stored' && access.to !== 'public';

test.each(all)('%s succeeds with its example, and leaves the audit that it declares', async (name, declaration) => {
  const { access, audit, kind, pii } = declaration;
  const { invocation, caller } = await sceneOf(declaration);
  const requestId = newId();
  await operations.call({ ...invocation, requestId });
  const rows = await auditOf(requestId);
  // What a command calls inside leaves a row of its own.
  for (const row of rows) expect(row.outcome).toBe('ok');
  const own = rows.filter(({ use_case }) => use_case === name);
  if (kind === 'batch') expect(own.length).toBeGreaterThan(0);
  else expect(own).toHaveLength(kind === 'command' || pii ? 1 : 0);
  for (const row of own) {
    expect(row).toMatchObject({ entity_type: audit?.entityType ?? 'OPERATION', action: audit?.action ?? 'READ' });
    if (access.to !== 'public') expect(row.actor).toBe(actorKey(caller));
    if (audit?.idField !== undefined) expect(row.entity_id).toBe(Reflect.get(invocation.input as object, audit.idField));
  }
});

test.each(all)('%s refuses a field that it does not declare', async (_name, declaration) => {
  const { invocation } = await sceneOf(declaration);
  await expectDenial({ ...invocation, input: { ...(invocation.input as object), surprise: 1 } }, 'INVALID_INPUT');
  await operations.call(invocation);
});

const guarded = having(({ access }) => access.to !== 'public');

test.each(guarded)('%s refuses who is not signed in', async (_name, declaration) => {
  const { invocation } = await sceneOf(declaration);
  const code = declaration.access.to === 'system' ? 'FORBIDDEN' : 'UNAUTHENTICATED';
  await expectDenial({ ...invocation, actor: anonymous }, code);
  await operations.call(invocation);
});

test.each(guarded)('%s refuses who has every right but the one it asks for', async (_name, declaration) => {
  const { invocation, owner } = await sceneOf(declaration);
  await expectDenial({ ...invocation, actor: callerWithout(declaration, owner) }, 'FORBIDDEN');
  await operations.call(invocation);
});

const ofInvestors = having(({ access }) => access.to === 'investor');
const isOthersCommand = (declaration: AnyDeclaration): boolean => declaration.kind === 'command' && namesOwned(declaration);

test.each(ofInvestors.filter(([, declaration]) => isOthersCommand(declaration)))(
  '%s does nothing to what belongs to another investor',
  async (_name, declaration) => {
    const { invocation, other } = await sceneOf(declaration);
    await expectDenial({ ...invocation, actor: other.actor }, 'NOT_FOUND');
    await operations.call(invocation);
  },
);

test.each(ofInvestors.filter(([, declaration]) => !isOthersCommand(declaration)))(
  '%s shows nothing of another investor',
  async (_name, declaration) => {
    const { invocation, owner, other } = await sceneOf(declaration);
    const shown = await operations.call({ ...invocation, actor: other.actor }).catch((error: unknown) => {
      // What names nothing may be refused to them for a reason of their own; what names something tells back what they said.
      if (!namesAnything(declaration)) return error;
      expect(error).toMatchObject({ code: expect.stringMatching(/^(?:NOT_FOUND|TOKEN_INVALID)$/) });
      return undefined;
    });
    expect(marksIn(shown, owner)).toEqual(none);
    await operations.call(invocation);
  },
);

test.each(having(({ kind }) => kind === 'feed'))(
  '%s tells investors what happens to their own, and of nobody else',
  async (_name, declaration) => {
    const { invocation, owner, other } = await sceneOf(declaration);
    const ending = new AbortController();
    const listening = [owner, other].map(async ({ actor }) => operations.listen({ ...invocation, actor }, ending.signal));
    const [mine, theirs] = await Promise.all(listening);
    await Promise.all([mine?.next(), theirs?.next()]);
    const next = Promise.all([mine?.next(), theirs?.next()]);
    for (const { actor, portfolio } of [owner, other]) {
      const event = { id: '1-1', name: 'portfolio.LedgerPosted', userId: actor.userId, aggregateId: portfolio.id };
      world.platform.live.publish([event], actor.userId);
    }
    const [heard, overheard] = await next;
    expect(marksIn(heard, owner)).toEqual([owner.portfolio.id]);
    expect(marksIn(overheard, other)).toEqual([other.portfolio.id]);
    expect(marksIn(overheard, owner)).toEqual(none);
    ending.abort();
  },
);

test.each(having(keepsAnswers))('%s gives its answer again under its key, and does nothing twice', async (_name, declaration) => {
  const { invocation } = await sceneOf(declaration);
  const [idempotencyKey, requestId] = [newId(), newId()];
  const answer = await operations.call({ ...invocation, idempotencyKey });
  const before = await footprint(world.platform);
  expect(await operations.call({ ...invocation, idempotencyKey, requestId })).toEqual(answer);
  expect(await footprint(world.platform)).toEqual(before);
  expect(await auditOf(requestId)).toHaveLength(0);
  expect(await answersUnder(idempotencyKey)).toBe(1);
});

test.each(having((declaration) => !keepsAnswers(declaration)))('%s stores its answer under no key', async (_name, declaration) => {
  const { invocation } = await sceneOf(declaration);
  const idempotencyKey = newId();
  await operations.call({ ...invocation, idempotencyKey });
  expect(await answersUnder(idempotencyKey)).toBe(0);
});

test.each(ownOperations.map((declaration) => [declaration.name, declaration] as const))(
  '%s has no way through the door',
  async (_name, declaration) => {
    const { invocation } = await sceneOf(declaration);
    await expect(operations.throughDoor({ ...invocation, actor: operator })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await operations.call(invocation);
  },
);
