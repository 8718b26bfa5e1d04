import type { Actor, Permission } from '@trii/domain';
import { newId } from '@trii/kernel';

export type UserActor = Extract<Actor, { kind: 'user' }>;

/** Somebody who just signed in, whatever a test's clock does, as the door would hand them to the executor; no session row stands behind it. */
export function investorActor(userId: string, permissions: readonly Permission[] = ['read', 'write', 'trade', 'account']): UserActor {
  return { kind: 'user', userId, sessionId: newId(), permissions, authenticatedAt: Number.MAX_SAFE_INTEGER };
}

/** An operator: their rights come from the declaration and the database role, so no account stands behind it. */
export function operatorActor(): UserActor {
  return investorActor(newId(), ['read', 'write', 'trade', 'account', 'operate', 'grant']);
}
