import { invariant } from '@trii/kernel';

export type Permission = 'read' | 'write' | 'trade' | 'account' | 'operate' | 'grant';

/** Who acts. What they may do follows from the declaration's access, never from the handler. */
export type Actor =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      /** Of a program: the id of its key. */
      readonly sessionId: string;
      readonly permissions: readonly Permission[];
      /** A program acts for its owner. */
      readonly apiKeyId?: string;
      /** When the session began, in epoch milliseconds: each time somebody proves who they are a new one does. Left out: at no known time. */
      readonly authenticatedAt?: number;
    }
  | { readonly kind: 'system'; readonly name: string };

export const anonymous: Actor = { kind: 'anonymous' };
export const systemActor = (name: string): Actor => ({ kind: 'system', name });

/** Stable text for audit rows and the scope of idempotency keys. */
export function actorKey(actor: Actor): string {
  switch (actor.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
      return actor.apiKeyId === undefined ? `user:${actor.userId}` : `user:${actor.userId} key:${actor.apiKeyId}`;
    case 'system':
      return `system:${actor.name}`;
  }
}

/** The id of the user who acts, for handlers whose declared access lets nobody else in. */
export function userIdOf(actor: Actor): string {
  invariant(actor.kind === 'user', 'only a signed-in user reaches this handler');
  return actor.userId;
}

/** The session that calls, for handlers whose declared access lets nobody else in. */
export function sessionIdOf(actor: Actor): string {
  invariant(actor.kind === 'user', 'only a signed-in user has a session');
  return actor.sessionId;
}

/** Where a call came from; goes into audit rows and logs. */
export interface Origin {
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export const localOrigin = (requestId: string): Origin => ({ requestId, ipAddress: null, userAgent: null });
