import type { AnyDeclaration } from '@trii/contract';
import type { Actor, Failure, Origin } from '@trii/domain';

/** What the door knows of one request before any operation runs. */
export interface RpcContext {
  readonly actor: Actor;
  readonly origin: Origin;
  /** The caller's `Idempotency-Key`. */
  readonly idempotencyKey: string | undefined;
  /** Why the door turns a call of this request away, by its place in the batch; undefined lets it in. */
  readonly refusalOf?: ((batchIndex: number) => Failure | undefined) | undefined;
  /** What goes out instead of an operation's view: a token that the browser is to keep leaves it here. */
  readonly viewFor?: ((declaration: AnyDeclaration, input: unknown, view: unknown) => unknown) | undefined;
  /** Hears what becomes of a call that fails, before its answer goes out. */
  readonly failed?: ((failure: Failure) => void) | undefined;
  /** Looks the session up again: a feed outlives the request that opened it. */
  readonly currentActor: () => Promise<Actor | undefined>;
}
