import type { AnyDeclaration, ErrorCode } from '@trii/contract';
import { assertNever } from '@trii/kernel';
import type { Actor } from './actor.ts';
import { Failure } from './failure.ts';
import type { ExecutorParts } from './execution.ts';
import type { DatabaseSession, TransactionHost } from './transactions.ts';

/** Whose session knows no user: it may call the few functions made for those who are not signed in, and sees no table. */
export const nobody: DatabaseSession = { role: 'anonymous_role', userId: null };

/**
 * The database session an actor gets for a declaration, or a failure: the only place that maps access to roles, and that asks whether the
 * account behind a session may do what it asks for.
 * @throws Failure UNAUTHENTICATED, FORBIDDEN, SECOND_FACTOR_SETUP_REQUIRED, STEP_UP_REQUIRED, INVESTOR_SUSPENDED, KYC_REQUIRED
 */
export async function authorise(declaration: AnyDeclaration, actor: Actor, parts: AuthorisingParts): Promise<DatabaseSession> {
  const session = sessionOf(declaration, actor);
  if (mustHaveFactor(declaration, actor, parts)) await assertFactor(session, parts.transactions.read);
  if (declaration.stepUp === true) assertFresh(actor, parts);
  await assertStanding(declaration, session, parts.transactions.read);
  return session;
}

export type AuthorisingParts = Pick<ExecutorParts, 'clock' | 'ports' | 'secondFactorOf'> & {
  readonly transactions: Pick<TransactionHost, 'read'>;
};

function sessionOf(declaration: AnyDeclaration, actor: Actor): DatabaseSession {
  const { access } = declaration;
  switch (access.to) {
    case 'public':
      return nobody;
    case 'investor':
      requirePermission(actor, access.scope);
      return { role: 'authenticated_user', userId: actor.userId, sessionId: actor.sessionId };
    case 'operator':
      // The command line holds the operator's login itself; its rows say `system:cli`.
      if (actor.kind === 'system') return { role: 'admin_role', userId: null };
      requirePermission(actor, access.scope);
      return { role: 'admin_role', userId: actor.userId, sessionId: actor.sessionId };
    case 'system':
      if (actor.kind !== 'system') throw new Failure('FORBIDDEN');
      return { role: 'worker_role', userId: null };
    default:
      return assertNever(access);
  }
}

/** Somebody who is known asked for what they may not do: worth a row in the audit. */
const denials: ReadonlySet<ErrorCode> = new Set([
  'FORBIDDEN',
  'SECOND_FACTOR_SETUP_REQUIRED',
  'STEP_UP_REQUIRED',
  'INVESTOR_SUSPENDED',
  'KYC_REQUIRED',
]);
export const isDenial = (code: ErrorCode): boolean => denials.has(code);

/** A session begins when its person proves who they are, so its beginning is when they last did; no cache makes it younger. */
function assertFresh(actor: Actor, { clock, ports }: AuthorisingParts): void {
  const { stepUpSeconds } = ports.sessionLimits;
  // The platform itself, at the command line, has no session that could be stolen.
  if (actor.kind !== 'user') return;
  const ageMs = clock.now().getTime() - (actor.authenticatedAt ?? -Infinity);
  if (ageMs > stepUpSeconds * 1_000) throw new Failure('STEP_UP_REQUIRED', { withinSeconds: stepUpSeconds });
}

/** The platform itself, at the command line, has no account; nor does whoever calls what anybody may. */
function mustHaveFactor(
  { access, beforeSecondFactor }: AnyDeclaration,
  actor: Actor,
  { secondFactorOf = 'operators' }: AuthorisingParts,
): boolean {
  if (actor.kind !== 'user' || access.to === 'public' || beforeSecondFactor === true) return false;
  if (secondFactorOf !== 'operators') return secondFactorOf === 'everyone';
  // Granting ends sessions, so what this one permits is what its account was granted.
  return actor.permissions.includes('operate') || actor.permissions.includes('grant');
}

async function assertFactor(session: DatabaseSession, read: TransactionHost['read']): Promise<void> {
  const [row] = await read(session, (sql) => sql<{ has: boolean }>`SELECT has_second_factor() AS has`);
  if (row?.has !== true) throw new Failure('SECOND_FACTOR_SETUP_REQUIRED');
}

interface StandingRow {
  readonly kyc_status: string;
  readonly is_suspended: boolean;
}

/** Asked of the database at each call that deals: a decision counts from the next one on, whatever a session or a cache says. */
async function assertStanding({ access }: AnyDeclaration, session: DatabaseSession, read: TransactionHost['read']): Promise<void> {
  if (access.to !== 'investor' || access.scope !== 'trade') return;
  const [account] = await read(
    session,
    (sql) => sql<StandingRow>`
    SELECT kyc_status, suspended_at IS NOT NULL AS is_suspended FROM users WHERE id = ${session.userId}`,
  );
  if (account?.is_suspended === true) throw new Failure('INVESTOR_SUSPENDED');
  if (account?.kyc_status !== 'VERIFIED') throw new Failure('KYC_REQUIRED', { kycStatus: account?.kyc_status ?? 'PENDING' });
}

type UserActor = Extract<Actor, { kind: 'user' }>;

function requirePermission(actor: Actor, permission: UserActor['permissions'][number]): asserts actor is UserActor {
  if (actor.kind !== 'user') throw new Failure('UNAUTHENTICATED');
  if (!actor.permissions.includes(permission)) throw new Failure('FORBIDDEN', { permission });
}
