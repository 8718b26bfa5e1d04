import { createHash } from 'node:crypto';
import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { anonymous, localOrigin, type Actor } from '../platform/index.ts';
import { handlers } from '../handlers.ts';
import { deactivateHandler, reactivateHandler } from './deactivate.ts';
import { erasePersonHandler } from './erase-person.ts';
import { meHandler } from './me.ts';
import { resolveSession } from './session.ts';
import { setOperatorScopesHandler } from './set-operator-scopes.ts';
import { signInHandler } from './sign-in.ts';
import { resumeInvestorHandler, suspendInvestorHandler } from './suspend-investor.ts';

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };

const password = 'correct horse battery';
const origin = localOrigin('request-1');
const operator = operatorActor();

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  user = await createUser(database, { passwordHash: await platform.passwords.hash(password) });
});

async function signIn(): Promise<Actor> {
  const { token } = await platform.executor.run(signInHandler, { actor: anonymous, input: { email: user.email, password }, origin });
  const actor = await resolveSession({ tokenHash: createHash('sha256').update(token).digest('base64url'), ...platform });
  if (actor === undefined) throw new Error('whoever signed in has a session');
  return actor;
}
const reason = 'lost telephone';
const deactivate = (userId = user.id) => platform.executor.run(deactivateHandler, { actor: operator, input: { userId, reason }, origin });
const reactivate = (userId = user.id) => platform.executor.run(reactivateHandler, { actor: operator, input: { userId, reason }, origin });
const me = (actor: Actor) => platform.executor.run(meHandler, { actor, input: {}, origin });
const setScopes = (scopes: string[], { actor = operator, userId = user.id }: { actor?: Actor; userId?: string } = {}) =>
  platform.executor.run(setOperatorScopesHandler, { actor, input: { userId, scopes }, origin });

it('ends every session at once, and nobody signs in until the account is opened again', async () => {
  const [one, two] = [await signIn(), await signIn()];
  expect(await deactivate()).toEqual({ isActive: false, endedSessions: 2 });
  await expect(me(one)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(signIn()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  expect(await reactivate()).toEqual({ isActive: true });
  await expect(me(two)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await me(await signIn())).toMatchObject({ userId: user.id });
});

it('stands in the trail of the person, with its reason', async () => {
  await deactivate();
  const audits = await platform.inspect(
    "SELECT actor, new_values FROM audit_logs WHERE use_case = 'identity.deactivate' AND user_id = $1",
    [user.id],
  );
  expect(audits).toEqual([{ actor: `user:${operator.userId}`, new_values: { isActive: false, reason, endedSessions: 0 } }]);
});

it('knows nobody under an id that is nobody’s, and opens nothing of somebody erased', async () => {
  await expect(deactivate(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(reactivate(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await platform.executor.run(erasePersonHandler, { actor: operator, input: { userId: user.id }, origin });
  await expect(reactivate()).rejects.toMatchObject({ code: 'PERSON_ERASED' });
  await expect(setScopes(['operate'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('grants what an operator may do from the next sign-in on, and takes it back at once', async () => {
  const before = await signIn();
  expect(await setScopes(['operate', 'operate'])).toEqual({ scopes: ['operate'], endedSessions: 1 });
  await expect(me(before)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  const granted = await signIn();
  expect((await me(granted)).permissions).toContain('operate');
  await setScopes([]);
  await expect(me(granted)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect((await me(await signIn())).permissions).toEqual(['read', 'write', 'trade', 'account']);
});

it('lets nobody grant to themselves, nor who only operates to anybody', async () => {
  await expect(setScopes(['grant'], { userId: operator.userId })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const onlyOperates = investorActor(newId(), ['read', 'operate']);
  await expect(setScopes(['operate'], { actor: onlyOperates })).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('lets a suspended investor trade no more from the next call on, says why, and lets them read; until they may again', async () => {
  const actor = await signIn();
  // Whoever is let in is told what is wrong with the input.
  const trade = () => platform.executor.run(handlers.trading.recordTrade, { actor, input: {}, origin });
  const act = (handler: typeof suspendInvestorHandler | typeof resumeInvestorHandler, userId = user.id) =>
    platform.executor.run(handler, { actor: operator, input: { userId, reason }, origin });
  await expect(trade()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const since = platform.clock.now().toISOString();
  expect(await act(suspendInvestorHandler)).toEqual({ suspendedAt: since });
  await expect(trade()).rejects.toMatchObject({ code: 'INVESTOR_SUSPENDED' });
  await expect(me(actor)).resolves.toMatchObject({ userId: user.id });
  platform.clock.advance(1_000);
  expect(await act(suspendInvestorHandler)).toEqual({ suspendedAt: since });
  expect(await act(resumeInvestorHandler)).toEqual({ wasSuspended: true });
  await expect(trade()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(act(suspendInvestorHandler, newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const trail = await platform.inspect(
    "SELECT use_case, outcome, new_values FROM audit_logs WHERE user_id = $1 AND use_case LIKE '%Investor' ORDER BY created_at, id",
    [user.id],
  );
  expect(trail.map(({ use_case: useCase }) => useCase)).toEqual([
    'identity.suspendInvestor',
    'identity.suspendInvestor',
    'identity.resumeInvestor',
  ]);
  expect(trail[0]).toMatchObject({ outcome: 'ok', new_values: { isSuspended: true, reason } });
});
