import type { Actor, Origin } from '@trii/domain';

/** What the door knows of one request before any operation runs. */
export interface RpcContext {
  readonly actor: Actor;
  readonly origin: Origin;
  /** The caller's `Idempotency-Key`. */
  readonly idempotencyKey: string | undefined;
  /** Looks the session up again: a feed outlives the request that opened it. */
  readonly currentActor: () => Promise<Actor | undefined>;
}
