import type { EventDeclaration, OutputOf, PayloadOf } from '@trii/contract';
import type { BatchHandler, CommandHandler, QueryHandler } from '@trii/domain';
import type { QueueName } from './queues.ts';

/** What a job or a schedule may do: hand operations to the executor, as itself. */
export interface JobCall {
  run<H extends QueryHandler | CommandHandler>(handler: H, input: H['declaration']['example']): Promise<OutputOf<H['declaration']>>;
  batch<H extends BatchHandler>(handler: H, input: H['declaration']['example']): Promise<OutputOf<H['declaration']>>;
}

/** Wait `delayMs`, then twice as long, and so on, up to BullMQ's own limits. */
export interface Backoff {
  readonly type: 'exponential';
  readonly delayMs: number;
}

export interface JobDefinition<E extends EventDeclaration = EventDeclaration> {
  /** Imperative, as the contract's subscriptions name it. */
  readonly name: string;
  readonly on: E;
  readonly queue: QueueName;
  /** Tries in all, the first included; then the delivery is dead until an operator drives it again. */
  readonly attempts: number;
  readonly backoff: Backoff;
  // A method: methods compare bivariantly, so that a job on one event is also a job on any event.
  run(call: JobCall, payload: PayloadOf<E>): Promise<unknown>;
}

/** Declares a job on an event. It is run at least once for each, so what it calls must be safe to run twice. */
export function job<E extends EventDeclaration>(definition: JobDefinition<E>): JobDefinition<E> {
  return definition;
}
