import type { AnyDeclaration } from '@trii/contract';
import { assertNever } from '@trii/kernel';
import type { Actor } from './actor.ts';
import { Failure } from './failure.ts';
import type { DatabaseSession } from './transactions.ts';

/** Whose session knows no user: it may call the few functions made for those who are not signed in, and sees no table. */
export const nobody: DatabaseSession = { role: 'anonymous_role', userId: null };

/** The database session an actor gets for a declaration, or a failure: the only place that maps access to roles. */
export function authorise(declaration: AnyDeclaration, actor: Actor): DatabaseSession {
  const { access } = declaration;
  switch (access.to) {
    case 'public':
      return nobody;
    case 'investor':
      requirePermission(actor, access.scope);
      return { role: 'authenticated_user', userId: actor.userId };
    case 'operator':
      // The command line holds the operator's login itself; its rows say `system:cli`.
      if (actor.kind === 'system') return { role: 'admin_role', userId: null };
      requirePermission(actor, access.scope);
      return { role: 'admin_role', userId: actor.userId };
    case 'system':
      if (actor.kind !== 'system') throw new Failure('FORBIDDEN');
      return { role: 'worker_role', userId: null };
    default:
      return assertNever(access);
  }
}

type UserActor = Extract<Actor, { kind: 'user' }>;

function requirePermission(actor: Actor, permission: UserActor['permissions'][number]): asserts actor is UserActor {
  if (actor.kind !== 'user') throw new Failure('UNAUTHENTICATED');
  if (!actor.permissions.includes(permission)) throw new Failure('FORBIDDEN', { permission });
}
