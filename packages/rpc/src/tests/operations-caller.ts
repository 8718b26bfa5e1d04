import { type AnyDeclaration, callerOperations, market, platform as declared } from '@trii/contract';
import {
  type Actor,
  type BarImport,
  type BatchHandler,
  closeAuditBlocksHandler,
  exportAuditHandler,
  type CommandHandler,
  handlers,
  importBarsHandler,
  type ListedInstrument,
  localOrigin,
  openBarImport,
  pullRatesHandler,
  type QueryHandler,
  RESOLUTIONS,
  systemHandlers,
} from '@trii/domain';
import { newId } from '@trii/kernel';
import type { TestPlatform } from '@trii/testkit';
import { TRPCError } from '@trpc/server';
import { createRouter } from '../router.ts';

export interface Invocation {
  readonly declaration: AnyDeclaration;
  readonly actor: Actor;
  readonly input: unknown;
  readonly requestId?: string;
  readonly idempotencyKey?: string;
}

export interface OperationsCaller {
  /** Calls an operation as its callers do: through the tRPC door what has one there, else by the executor. A feed answers its first frame. */
  call(invocation: Invocation): Promise<unknown>;
  /** A feed's frames until the signal ends it. */
  listen(invocation: Invocation, signal: AbortSignal): Promise<AsyncIterator<unknown>>;
  /** Asks the tRPC door, whether or not the operation has one there. */
  throughDoor(invocation: Invocation): Promise<unknown>;
}

export function operationsCaller(platform: TestPlatform): OperationsCaller {
  const { executor } = platform;
  const router = createRouter(handlers, executor);
  const procedureOf = ({ declaration, actor, requestId, idempotencyKey }: Invocation, signal?: AbortSignal) => {
    const context = { actor, origin: localOrigin(requestId ?? newId()), idempotencyKey, currentActor: () => Promise.resolve(actor) };
    const door = router.createCaller(context, signal === undefined ? {} : { signal });
    // The caller is typed per operation; here the operation is a value.
    return declaration.name.split('.').reduce<unknown>((at, key) => Reflect.get(at as object, key), door) as (
      input: unknown,
    ) => Promise<unknown>;
  };
  const listen: OperationsCaller['listen'] = async (invocation, signal) => {
    const frames = (await unwrapped(procedureOf(invocation, signal)(invocation.input))) as AsyncIterable<unknown>;
    return frames[Symbol.asyncIterator]();
  };
  const firstFrame = async (invocation: Invocation): Promise<unknown> => {
    const ending = new AbortController();
    const frames = await listen(invocation, ending.signal);
    try {
      return (await unwrapped(frames.next())).value;
    } finally {
      ending.abort();
      await frames.return?.();
    }
  };
  const callOwn = async (invocation: Invocation): Promise<unknown> => {
    const { declaration, actor, input, requestId, idempotencyKey } = invocation;
    const handler = await ownHandler(declaration, platform);
    const call = { actor, input, origin: localOrigin(requestId ?? newId()), idempotencyKey };
    return declaration.kind === 'batch' ? executor.batch(handler as BatchHandler, call) : executor.run(handler as CommandHandler, call);
  };
  return {
    call: async (invocation) => {
      if (!callerOperations.includes(invocation.declaration)) return callOwn(invocation);
      return invocation.declaration.kind === 'feed' ? firstFrame(invocation) : unwrapped(procedureOf(invocation)(invocation.input));
    },
    listen,
    throughDoor: async (invocation) => unwrapped(procedureOf(invocation)(invocation.input)),
  };
}

/** What the door threw, as the failure behind it. */
async function unwrapped<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof TRPCError ? (error.cause ?? error) : error;
  }
}

/** Handlers that are made for one call, by what they are made for. */
const madePerCall: Readonly<Record<string, (platform: TestPlatform) => Promise<BatchHandler | CommandHandler | QueryHandler>>> = {
  [market.importBars.name]: async (platform) => importBarsHandler(await openOneLine(platform)),
  [declared.closeAuditBlocks.name]: () => Promise.resolve(closeAuditBlocksHandler({ keyId: 'test', sign: () => Buffer.alloc(64) })),
  [market.pullRates.name]: ({ clock }) => {
    const rates = [{ from: 'EUR', to: 'USD', rate: '1.1' }];
    return Promise.resolve(pullRatesHandler({ latest: () => Promise.resolve({ source: 'test', asOf: clock.now().toISOString(), rates }) }));
  },
  [declared.exportAudit.name]: () => Promise.resolve(exportAuditHandler({ write: () => Promise.resolve() })),
};

async function ownHandler({ name }: AnyDeclaration, platform: TestPlatform): Promise<QueryHandler | CommandHandler | BatchHandler> {
  const handler = name
    .split('.')
    .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], systemHandlers);
  if (handler !== undefined) return handler as CommandHandler;
  const make = madePerCall[name];
  if (make === undefined) throw new Error(`${name} has no handler among systemHandlers: add how one is made to operations-caller.ts`);
  return make(platform);
}

/** A file with one bar of the demo instrument. */
async function openOneLine({ clock, inspect }: TestPlatform): Promise<BarImport> {
  const { source, resolution } = market.importBars.example;
  const request = { source, symbol: 'DEMO', mapping: {}, timeZone: undefined, dateFormat: undefined, decimalComma: false };
  const line = { line: 2, raw: '2018-01-31,10.10', fields: ['2018-01-31', '10.10'], fault: null };
  return openBarImport(
    { ...request, resolution: RESOLUTIONS.find((known) => known === resolution) ?? '1d' },
    {
      file: { header: ['date', 'close'], batches: oneBatch([line]) },
      find: async (symbol) => (await inspect<ListedInstrument>(FIND_INSTRUMENT, [symbol]))[0] ?? null,
      rejects: { add: () => undefined },
      clock,
    },
  );
}

const FIND_INSTRUMENT = 'SELECT id, symbol, exchange_code AS "exchangeCode" FROM instruments WHERE symbol = $1';

async function* oneBatch<T>(batch: T): AsyncGenerator<T> {
  yield batch;
}
