import type { OutputOf } from '@trii/contract';
import type { Actor } from './actor.ts';
import { authorise, isDenial } from './authorise.ts';
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
export async function* executeFeed<H extends FeedHandler>(
  parts: ExecutorParts,
  handler: H,
  call: FeedCall,
): AsyncGenerator<FeedFrame<OutputOf<H['declaration']>>> {
  const { declaration } = handler;
  const session = await authorise(declaration, call.actor, parts);
  const input: unknown = parseInput(declaration, call.input);
  const guard = guardSession(parts, handler, call);
  const signal = AbortSignal.any([call.signal, guard.ended]);
  try {
    const frames = handler.run(
      { actor: call.actor, ports: parts.ports, signal, read: (work) => parts.transactions.read(session, work) },
      input,
    );
    for await (const frame of frames) {
      guard.ended.throwIfAborted();
      yield { id: frame.id, data: parseOutput(declaration, frame.data) as OutputOf<H['declaration']> };
    }
    guard.ended.throwIfAborted();
  } catch (error) {
    // Why it ended goes before whatever the handler threw when its signal was aborted.
    guard.ended.throwIfAborted();
    throw error;
  } finally {
    guard.stop();
  }
}

interface SessionGuard {
  readonly ended: AbortSignal;
  stop(): void;
}

/** Looks at the session again and again, one look-up at a time, until stopped or until it has ended. */
function guardSession(parts: ExecutorParts, handler: FeedHandler, call: FeedCall): SessionGuard {
  const ending = new AbortController();
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const schedule = (): void => {
    if (!stopped) timer = setTimeout(() => void check().then(schedule), parts.reauthoriseMs ?? REAUTHORISE_MS);
  };
  const check = async (): Promise<void> => {
    try {
      const actor = await call.currentActor();
      if (actor === undefined) throw new Failure('UNAUTHENTICATED');
      await authorise(handler.declaration, actor, parts);
    } catch (error) {
      // A look-up that fails says nothing about the session; only these do.
      if (error instanceof Failure && (error.code === 'UNAUTHENTICATED' || isDenial(error.code))) {
        stopped = true;
        ending.abort(error);
      } else parts.logger.warn({ error, feed: handler.declaration.name }, 'a session could not be checked');
    }
  };
  schedule();
  return {
    ended: ending.signal,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
