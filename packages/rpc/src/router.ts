import { type AnyDeclaration, type AppRouter, type Contract, contract } from '@trii/contract';
import {
  type AnyHandler,
  type CommandHandler,
  type Executor,
  type FeedHandler,
  type HandlersOf,
  type QueryHandler,
  toFailure,
} from '@trii/domain';
import { invariant } from '@trii/kernel';
import { initTRPC, tracked, type TRPCRouterRecord } from '@trpc/server';
import type { RpcContext } from './context.ts';
import { formatError, toTrpcError } from './errors.ts';

/** A dead connection is noticed by the missing ping. */
const PING_MS = 10_000;

const trpc = initTRPC.context<RpcContext>().create({
  isDev: false,
  sse: { ping: { enabled: true, intervalMs: PING_MS }, client: { reconnectAfterInactivityMs: 3 * PING_MS } },
  errorFormatter: ({ shape, error, ctx }) => formatError({ shape, error, requestId: ctx?.origin.requestId ?? '' }),
});

/** The executor parses: a second parse here would only cost. */
const unparsed = (input: unknown): unknown => input;

interface CallOptions {
  readonly ctx: RpcContext;
  readonly input: unknown;
  readonly batchIndex?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The tRPC door: one loop over the contract, each declaration with its handler, all through the executor. */
export function createRouter(handlers: HandlersOf<Contract>, executor: Executor): AppRouter {
  const record = recordOf(contract, handlers, executor);
  // The one cast: the type is computed from the same contract that the loop just walked.
  return trpc.router(record) as unknown as AppRouter;
}

function recordOf(declarations: object, handlers: object, executor: Executor): TRPCRouterRecord {
  const record: TRPCRouterRecord = {};
  for (const [name, declaration] of Object.entries(declarations)) {
    const handler: unknown = Reflect.get(handlers, name);
    invariant(typeof handler === 'object' && handler !== null, `${name} has a handler`);
    record[name] = isDeclaration(declaration)
      ? procedureOf(declaration, handler as AnyHandler, executor)
      : recordOf(declaration as object, handler, executor);
  }
  return record;
}

const isDeclaration = (value: unknown): value is AnyDeclaration => typeof value === 'object' && value !== null && 'kind' in value;

function procedureOf(declaration: AnyDeclaration, handler: AnyHandler, executor: Executor) {
  invariant(handler.declaration === declaration, `${declaration.name} is bound to its own handler`);
  const procedure = trpc.procedure.input(unparsed);
  switch (declaration.kind) {
    case 'query':
      return procedure.query((options) => runOperation(executor, handler as QueryHandler, options));
    case 'command':
      return procedure.mutation((options) => runOperation(executor, handler as CommandHandler, options));
    case 'feed':
      return procedure.subscription((options) => runFeed(executor, handler as FeedHandler, options));
    case 'batch':
      throw new Error(`${declaration.name} is a batch and has no door here`);
  }
}

async function runOperation(executor: Executor, handler: QueryHandler | CommandHandler, options: CallOptions): Promise<unknown> {
  const { actor, origin, idempotencyKey, viewFor, failed } = options.ctx;
  try {
    assertLetIn(options);
    const input = options.input ?? {};
    const view: unknown = await executor.run(handler, {
      actor,
      origin,
      input,
      idempotencyKey: keyOf(idempotencyKey, options.batchIndex ?? 0),
    });
    return viewFor === undefined ? view : viewFor(handler.declaration, input, view);
  } catch (error) {
    failed?.(toFailure(error));
    throw toTrpcError(error);
  }
}

function assertLetIn({ ctx, batchIndex }: CallOptions): void {
  const refusal = ctx.refusalOf?.(batchIndex ?? 0);
  if (refusal !== undefined) throw refusal;
}

/** Calls of one HTTP batch share a header; each is an operation of its own. */
const keyOf = (key: string | undefined, batchIndex: number): string | undefined =>
  key === undefined || batchIndex === 0 ? key : `${key}:${batchIndex}`;

async function* runFeed(executor: Executor, handler: FeedHandler, options: CallOptions) {
  const { actor, origin, currentActor } = options.ctx;
  try {
    assertLetIn(options);
    const signal = options.signal ?? new AbortController().signal;
    for await (const frame of executor.feed(handler, { actor, origin, input: options.input ?? {}, signal, currentActor }))
      yield tracked(frame.id, frame.data);
  } catch (error) {
    throw toTrpcError(error);
  }
}
