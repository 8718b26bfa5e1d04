import type { OutputOf } from '@trii/contract';
import { localOrigin, type Actor, type CommandHandler, type QueryHandler } from '@trii/domain';
import { newId } from '@trii/kernel';
import type { TestPlatform } from './test-platform.ts';

/** Takes what a caller sends, before defaults are filled in (as an example is written); gives the view. */
export type CallAs = <H extends CommandHandler | QueryHandler>(
  handler: H,
  input: H['declaration']['example'],
  idempotencyKey?: string,
) => Promise<OutputOf<H['declaration']>>;

/** Calls operations as one actor, each call with a request id of its own. */
export function callAs(platform: TestPlatform, actor: Actor): CallAs {
  return (handler, input, idempotencyKey) => platform.executor.run(handler, { actor, input, origin: localOrigin(newId()), idempotencyKey });
}
