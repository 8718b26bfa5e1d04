import type { AnyDeclaration, OutputOf } from '@trii/contract';
import { executeBatch } from './execute-batch.ts';
import { executeCommand } from './execute-command.ts';
import { executeFeed, type FeedCall } from './execute-feed.ts';
import { executeQuery } from './execute-query.ts';
import type { BatchCall, Call, ExecutorParts } from './execution.ts';
import { toFailure, type Failure } from './failure.ts';
import type { BatchHandler, CommandHandler, FeedFrame, FeedHandler, QueryHandler } from './handler.ts';

/**
 * Runs every operation, for every door: the tRPC door, a job and the command line all hand their handler to this.
 * Each throws a Failure and nothing else: whatever was thrown is a row of the error table by then.
 */
export interface Executor {
  run<H extends QueryHandler | CommandHandler>(handler: H, call: Call): Promise<OutputOf<H['declaration']>>;
  batch<H extends BatchHandler>(handler: H, call: BatchCall): Promise<OutputOf<H['declaration']>>;
  feed<H extends FeedHandler>(handler: H, call: FeedCall): AsyncGenerator<FeedFrame<OutputOf<H['declaration']>>>;
}

export function createExecutor(parts: ExecutorParts): Executor {
  const failed = (declaration: AnyDeclaration, call: Call, error: unknown): Failure => {
    const failure = toFailure(error);
    const fields = { error: failure.cause ?? failure, requestId: call.origin.requestId, useCase: declaration.name };
    if (failure.code === 'INTERNAL') parts.logger.error(fields, 'an operation failed');
    if (failure.code === 'UNAVAILABLE' || failure.code === 'KEY_UNAVAILABLE')
      parts.logger.warn(fields, 'an operation could not reach a part of the platform');
    return failure;
  };
  return {
    async run<H extends QueryHandler | CommandHandler>(handler: H, call: Call): Promise<OutputOf<H['declaration']>> {
      try {
        const view = isCommand(handler) ? await executeCommand(parts, handler, call) : await executeQuery(parts, handler, call);
        // Each branch parsed the view by this handler's own declaration; the union loses that.
        return view as OutputOf<H['declaration']>;
      } catch (error) {
        throw failed(handler.declaration, call, error);
      }
    },
    async batch(handler, call) {
      try {
        return await executeBatch(parts, handler, call);
      } catch (error) {
        throw failed(handler.declaration, call, error);
      }
    },
    async *feed(handler, call) {
      try {
        yield* executeFeed(parts, handler, call);
      } catch (error) {
        throw failed(handler.declaration, call, error);
      }
    },
  };
}

function isCommand(handler: QueryHandler | CommandHandler): handler is CommandHandler {
  return handler.declaration.kind === 'command';
}
