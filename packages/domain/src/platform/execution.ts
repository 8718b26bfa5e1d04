import type { Clock } from '@trii/kernel';
import type { Actor, Origin } from './actor.ts';
import type { Logger, Ports } from './ports.ts';
import type { Caching } from './read-cache.ts';
import type { TransactionHost } from './transactions.ts';

/** Without one they may set it up and nothing else. Operators are who has any operator's scope; they may do no investor's thing either. */
export type SecondFactorPolicy = 'nobody' | 'operators' | 'everyone';

/** Everything the executor stands on, wired once by an app. */
export interface ExecutorParts {
  readonly transactions: TransactionHost;
  readonly clock: Clock;
  readonly ports: Ports;
  readonly logger: Logger;
  /** Event name to the jobs that react to it. */
  readonly subscriptions: Readonly<Record<string, readonly string[]>>;
  /** Without it every query reads the database, and what events make wrong is dropped by the relay alone. */
  readonly cache?: Caching | undefined;
  /** Who must have a second factor; operators when left out. */
  readonly secondFactorOf?: SecondFactorPolicy | undefined;
  /** How often a feed looks whether its session still stands; 5,000 when left out. */
  readonly reauthoriseMs?: number;
}

/** One call of one operation, from whatever door. */
export interface Call {
  readonly actor: Actor;
  readonly input: unknown;
  readonly origin: Origin;
  /** Scoped to the actor and the use case; without one a repeat runs again. */
  readonly idempotencyKey?: string | undefined;
  /** Written in the same transaction as the work: a job marks its delivery done. */
  readonly completes?: { readonly eventId: string; readonly jobName: string } | undefined;
}

/** A batch is told about, and can be stopped, between its chunks. */
export interface BatchCall extends Call {
  readonly onChunk?: (counts: Readonly<Record<string, number>>) => void;
  /** Ends the call with UNAVAILABLE; the same shard and run key go on where it stopped. */
  readonly signal?: AbortSignal | undefined;
}
