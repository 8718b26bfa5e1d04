import { type AnyDeclaration, callerOperations, type ErrorCode } from '@trii/contract';
import { handlers } from '@trii/domain';
import { systemClock } from '@trii/kernel';
import {
  callAs,
  createTenant,
  createTestPlatform,
  fillExample,
  namesAnything,
  prepareWorld,
  setDay,
  type Tenant,
  type TestPlatform,
  type World,
} from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callOperation } from '../tests/call-operation.ts';
import { PASSWORD, PEPPER, startTestApi, type TestApi } from '../tests/test-api.ts';

// Every operation, called over HTTP by everybody there is, expected against found. A new declaration is a new row by itself.

const LIMIT = { burst: 1_000_000, perSecond: 1_000_000 };

let server: TestApi;
let platform: TestPlatform;
let world: World;
let passwordHash: string;

beforeAll(async () => {
  server = await startTestApi({ RATE_LIMIT_SESSION: LIMIT, RATE_LIMIT_KEY: LIMIT, RATE_LIMIT_ADDRESS: LIMIT });
  platform = await createTestPlatform(server.database, { pepper: PEPPER });
  world = { database: server.database, platform };
  passwordHash = await platform.hashPassword(PASSWORD);
  await prepareWorld(world);
});
afterAll(async () => {
  await platform.close();
  await server.stop();
});

/** What is done, what is not shown to whom it does not belong, or why it is refused. */
type Outcome = 'done' | 'nothing of theirs' | ErrorCode;

interface Caller {
  /** Whose session, if any, and what was done to it before its first call. */
  readonly of: 'nobody' | 'investor' | 'operator' | 'other';
  readonly change?: string;
  readonly signsOut?: true;
  /** Calls by a key of a program with these rights, instead of a session; and what was done to it before. */
  readonly key?: { readonly permissions: readonly ('read' | 'write' | 'trade')[]; readonly change?: string };
  /** Whose things the input names: those of the caller unless said. */
  readonly names?: 'investor';
  readonly expected: (declaration: AnyDeclaration) => Outcome;
}

/** Whoever has no session that stands. */
const asNobody = ({ access }: AnyDeclaration): Outcome => (access.to === 'public' ? 'done' : 'UNAUTHENTICATED');

/** Somebody signed in, with these rights, asking for their own. */
const asHolderOf =
  (...permissions: readonly string[]) =>
  ({ access }: AnyDeclaration): Outcome =>
    access.to === 'public' || ('scope' in access && permissions.includes(access.scope)) ? 'done' : 'FORBIDDEN';

/** Of somebody who might do everything: a key has only what it was given. */
const byKey = (permissions: readonly ('read' | 'write' | 'trade')[], change?: string): Caller => ({
  of: 'operator',
  key: { permissions, ...(change === undefined ? {} : { change }) },
  // A program cannot prove who its owner is.
  expected:
    change === undefined
      ? (declaration) => {
          const outcome = asHolderOf(...permissions)(declaration);
          return outcome === 'done' && declaration.stepUp === true ? 'STEP_UP_REQUIRED' : outcome;
        }
      : asNobody,
});
const keysWith = (set: string): string => `UPDATE api_keys SET ${set} WHERE user_id = $1`;
const standing = (kyc: string): string => `UPDATE users SET kyc_status = '${kyc}' WHERE id = $1`;
/** May look and move their own money, and not deal. */
const asUnverified = (declaration: AnyDeclaration): Outcome => {
  const { access } = declaration;
  return access.to === 'investor' && access.scope === 'trade' ? 'KYC_REQUIRED' : asHolderOf('read', 'write', 'account')(declaration);
};
const ended = (set: string): string => `UPDATE user_sessions SET ${set} WHERE user_id = $1`;

const callers: Readonly<Record<string, Caller>> = {
  'who is not signed in': { of: 'nobody', expected: asNobody },
  'an investor': { of: 'investor', expected: asHolderOf('read', 'write', 'trade', 'account') },
  'an operator': { of: 'operator', expected: asHolderOf('read', 'write', 'trade', 'account', 'operate', 'grant') },
  'an operator without a second factor': {
    of: 'operator',
    change: 'DELETE FROM totp_factors WHERE user_id = $1',
    expected: ({ access, beforeSecondFactor }) =>
      access.to === 'public' || beforeSecondFactor === true ? 'done' : 'SECOND_FACTOR_SETUP_REQUIRED',
  },
  'another investor, of what is not theirs': {
    of: 'other',
    names: 'investor',
    expected: (declaration) => (declaration.access.to === 'investor' ? 'nothing of theirs' : asHolderOf()(declaration)),
  },
  'an operator, of what is an investor’s alone': {
    of: 'operator',
    names: 'investor',
    expected: (declaration) => (declaration.access.to === 'investor' ? 'nothing of theirs' : 'done'),
  },
  'a session that may only read': { of: 'investor', change: ended("permissions = '{read}'"), expected: asHolderOf('read') },
  'a session that may read and write, not trade': {
    of: 'investor',
    change: ended("permissions = '{read,write}'"),
    expected: asHolderOf('read', 'write'),
  },
  'a session that may nothing': { of: 'investor', change: ended("permissions = '{}'"), expected: asHolderOf() },
  'a session that began an hour ago': {
    of: 'operator',
    change: ended("created_at = now() - interval '1 hour'"),
    expected: (declaration) =>
      declaration.stepUp === true ? 'STEP_UP_REQUIRED' : asHolderOf('read', 'write', 'trade', 'account', 'operate', 'grant')(declaration),
  },
  'a suspended investor': {
    of: 'investor',
    change: 'UPDATE users SET suspended_at = now() WHERE id = $1',
    expected: (declaration) =>
      'scope' in declaration.access && declaration.access.scope === 'trade'
        ? 'INVESTOR_SUSPENDED'
        : asHolderOf('read', 'write', 'account')(declaration),
  },
  'an expired session': {
    of: 'operator',
    change: ended("created_at = now() - interval '2 days', expires_at = now() - interval '1 second'"),
    expected: asNobody,
  },
  'a session that was ended in the database': { of: 'operator', change: ended('is_active = false'), expected: asNobody },
  'a session that was signed out': { of: 'operator', signsOut: true, expected: asNobody },
  'the session of a deactivated account': {
    of: 'operator',
    change: 'UPDATE users SET is_active = false WHERE id = $1',
    expected: asNobody,
  },
  'an investor who is not verified': { of: 'investor', change: standing('PENDING'), expected: asUnverified },
  'an investor who was rejected': { of: 'investor', change: standing('REJECTED'), expected: asUnverified },
  'a program with all that a key may have': byKey(['read', 'write', 'trade']),
  'a program whose key may only read': byKey(['read']),
  'a program whose key may only trade': byKey(['trade']),
  'a program whose key has expired': byKey(
    ['read', 'write', 'trade'],
    keysWith("created_at = now() - interval '2 days', expires_at = now() - interval '1 second'"),
  ),
  'a program whose key was revoked': byKey(['read', 'write', 'trade'], keysWith('revoked_at = now()')),
  'a program of a deactivated account': byKey(['read', 'write', 'trade'], 'UPDATE users SET is_active = false WHERE id = $1'),
};

async function withKey(person: Tenant, { permissions, change }: NonNullable<Caller['key']>): Promise<Tenant> {
  const { key } = await callAs(platform, person.actor)(handlers.identity.createApiKey, {
    name: 'a program',
    permissions: [...permissions],
  });
  if (change !== undefined) await platform.inspect(change, [person.actor.userId]);
  return { ...person, token: key };
}

async function createPerson(of: Exclude<Caller['of'], 'nobody'>): Promise<Tenant> {
  const tenant = await createTenant(world, of === 'operator' ? ['operate', 'grant'] : []);
  await platform.inspect('UPDATE users SET password_hash = $2 WHERE id = $1', [tenant.actor.userId, passwordHash]);
  return tenant;
}

/** Who changes nothing serves again; a command that is carried out may have ended the session that made it. */
const unchanged = new Map<Caller, Tenant>();
const isLetIn = (outcome: Outcome): boolean => outcome === 'done' || outcome === 'nothing of theirs';
const changesNothing = (declaration: AnyDeclaration, caller: Caller): boolean =>
  declaration.kind !== 'command' || !isLetIn(caller.expected(declaration));

async function personFor(declaration: AnyDeclaration, caller: Caller): Promise<Tenant | undefined> {
  const { of, change, signsOut, key } = caller;
  if (of === 'nobody') return undefined;
  const servesAgain = changesNothing(declaration, caller);
  const known = unchanged.get(caller);
  if (servesAgain && known !== undefined) return known;
  const created = await createPerson(of);
  const person = key === undefined ? created : await withKey(created, key);
  if (change !== undefined) await platform.inspect(change, [person.actor.userId]);
  if (signsOut) await fetch(`${server.url}/trpc/identity.signOut`, signOut(person.token));
  if (servesAgain) unchanged.set(caller, person);
  return person;
}

let neverTouched: Tenant | undefined;

async function ownerFor(
  { names, expected }: Caller,
  { isDone, isRead, person }: { readonly isDone: boolean; readonly isRead: boolean; readonly person: Tenant | undefined },
): Promise<Tenant> {
  // Whose own session stands names their own; anybody else names somebody who is there.
  if (isDone && names === undefined && person !== undefined && expected !== asNobody) return person;
  if (isDone && !isRead) return createPerson('investor');
  neverTouched ??= await createPerson('investor');
  return neverTouched;
}

/** What is said of a code, or of a token of a mail, that is not one of the caller's own. */
const ofOwnFactor: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'INVALID_CODE', 'SECOND_FACTOR_REQUIRED', 'SECOND_FACTOR_ACTIVE']);

const untouchedInputs = new Map<AnyDeclaration, Record<string, unknown>>();

/** What is only refused, or read, uses nothing up: made once for each operation. */
async function inputFor(declaration: AnyDeclaration, owner: Tenant): Promise<Record<string, unknown>> {
  if (owner !== neverTouched) return fillExample({ ...world, declaration, tenant: owner });
  const known = untouchedInputs.get(declaration) ?? (await fillExample({ ...world, declaration, tenant: owner }));
  untouchedInputs.set(declaration, known);
  return known;
}

async function found(declaration: AnyDeclaration, caller: Caller): Promise<string> {
  const isDone = caller.expected(declaration) === 'done';
  const person = await personFor(declaration, caller);
  const owner = await ownerFor(caller, { isDone, isRead: declaration.kind !== 'command', person });
  // Codes by time are shown by the clock that the api has.
  platform.clock.set(systemClock.now());
  const input = await inputFor(declaration, owner);
  const { code, status, text } = await callOperation(server.url, { declaration, token: person?.token, text: JSON.stringify(input) });
  // What anybody may do, or an operator, has nothing in it that is the owner's alone.
  if (caller.names !== undefined && declaration.access.to === 'investor') {
    // What the caller said themselves tells them nothing.
    const said = JSON.stringify(input);
    const shown = owner.marks.filter((mark) => text.includes(mark) && !said.includes(mark));
    const isTheirs = code === undefined || code === 'NOT_FOUND' || ofOwnFactor.has(code) || !namesAnything(declaration);
    return shown.length > 0 || !isTheirs ? `${code ?? 'done'} ${shown.join(' ')}` : 'nothing of theirs';
  }
  if (code !== undefined) return code;
  return status === 200 ? 'done' : String(status);
}

const signOut = (token: string): RequestInit => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: '{}',
});

describe.each(callerOperations.map((declaration) => [declaration.name, declaration] as const))('%s', (_name, declaration) => {
  test.each(Object.entries(callers))('called by %s', async (_who, caller) => {
    try {
      expect(await found(declaration, caller)).toBe(caller.expected(declaration));
    } finally {
      // Operators move the day that examples speak of.
      if (declaration.access.to === 'operator') await setDay(world);
    }
  });
});
