import type { OutputOf } from '@trii/contract';
import type { Actor } from './actor.ts';
import { authorise } from './authorise.ts';
import type { Call, ExecutorParts } from './execution.ts';
import { Failure } from './failure.ts';
import type { FeedFrame, FeedHandler } from './handler.ts';
import { parseInput, parseOutput } from './parse.ts';

/** How long an ended session or a lost grant may still be fed. */
const REAUTHORISE_MS = 5_000;

export interface FeedCall extends Call {
  readonly signal: AbortSignal;
  /** Who the session belongs to now; undefined once it has ended. */
  readonly currentActor: () => Promise<Actor | undefined>;
}

/** Authorises at subscribe and again while it runs; holds no transaction open. Ends with UNAUTHENTICATED when the session ends. */
export async function* executeFeed<H extends FeedHandler>(parts: ExecutorParts, handler: H, call: FeedCall): AsyncGenerator<FeedFrame<OutputOf<H['declaration']>>> {
  const { declaration } = handler;
  const session = authorise(declaration, call.actor);
  const input: unknown = parseInput(declaration, call.input);
  const ending = new AbortController();
  const guard = watchSession(parts, handler, { call, ending });
  const signal = AbortSignal.any([call.signal, ending.signal]);
  try {
    const frames = handler.run({ actor: call.actor, ports: parts.ports, signal, read: (work) => parts.transactions.read(session, work) }, input);
    for await (const frame of frames) {
      if (ending.signal.aborted) break;
      yield { id: frame.id, data: parseOutput(declaration, frame.data) as OutputOf<H['declaration']> };
    }
    if (ending.signal.aborted) throw ending.signal.reason;
  } finally {
    clearInterval(guard);
  }
}

function watchSession(parts: ExecutorParts, handler: FeedHandler, feed: { readonly call: FeedCall; readonly ending: AbortController }): ReturnType<typeof setInterval> {
  const check = async (): Promise<void> => {
    const actor = await feed.call.currentActor();
    if (actor === undefined) feed.ending.abort(new Failure('UNAUTHENTICATED'));
    else authorise(handler.declaration, actor);
  };
  return setInterval(() => {
    check().catch((error: unknown) => {
      // A look-up that fails says nothing about the session; a grant that is gone does.
      if (error instanceof Failure && error.code === 'FORBIDDEN') feed.ending.abort(error);
      else parts.logger.warn({ error, feed: handler.declaration.name }, 'a session could not be checked');
    });
  }, REAUTHORISE_MS);
}
