import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, splitLink, type TRPCClient, TRPCClientError } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { EventSource as EventSourceWithHeaders } from 'eventsource';
import type { AppRouter, ErrorCode } from './app-router.ts';

export type { AppRouter, ErrorCode } from './app-router.ts';
export { downloadMyData } from './download-my-data.ts';
export type TriiClient = TRPCClient<AppRouter>;
/** `Inputs['cash']['deposit']` is what a deposit takes. */
export type Inputs = inferRouterInputs<AppRouter>;
/** `Outputs['portfolio']['summary']` is what a summary answers. */
export type Outputs = inferRouterOutputs<AppRouter>;

export interface ClientOptions {
  /** The api's address, such as `http://127.0.0.1:4400`. */
  readonly url: string;
  /** The token of `identity.signIn`; a function is asked before each call. It travels in a header, never in an address. */
  readonly token?: string | (() => string | undefined);
  /**
   * The browser keeps the session in a cookie that no script reads: sign in with `transport: 'cookie'`. The client remembers the CSRF token of the
   * newest answer for its commands; after a reload of the page read something first, `identity.me` for instance.
   */
  readonly cookie?: boolean;
  /** Replaces the platform's fetch, in tests or behind a proxy. */
  readonly fetch?: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;
}

/** A batch of reads becomes one request up to this size. */
const BATCH_MAX = 20;
const URL_LENGTH_MAX = 6000;
const CSRF_HEADER = 'x-csrf-token';

/**
 * The typed client. Reads are batched; each command is a request of its own under an idempotency key, so that sending it again after a lost answer
 * does nothing twice: pass `{ context: { idempotencyKey } }` to choose the key yourself.
 */
export function createClient(options: ClientOptions): TriiClient {
  const url = `${options.url.replace(/\/+$/, '')}/trpc`;
  const authorization = (): Record<string, string> => {
    if (options.cookie === true) return csrfToken === undefined ? {} : { [CSRF_HEADER]: csrfToken };
    const token = typeof options.token === 'function' ? options.token() : options.token;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };
  let csrfToken: string | undefined;
  // Looked up at each call, so that a page may replace the global one. tRPC's init type allows an explicit undefined signal, the DOM's does not.
  const fetchNow = (input: RequestInfo | URL, init?: object): Promise<Response> => (options.fetch ?? globalThis.fetch)(input, init);
  const fetchWithCookie = async (input: RequestInfo | URL, init?: object): Promise<Response> => {
    const response = await fetchNow(input, { ...init, credentials: 'include' });
    csrfToken = response.headers.get(CSRF_HEADER) ?? csrfToken;
    return response;
  };
  const send = options.cookie === true ? fetchWithCookie : fetchNow;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource: EventSourceWithHeaders,
          eventSourceOptions: () => ({
            fetch: (input, init) => send(input, { ...init, headers: { ...init.headers, ...authorization() } }),
          }),
        }),
        false: splitLink({
          condition: (operation) => operation.type === 'mutation',
          true: httpLink({ url, fetch: send, headers: ({ op }) => ({ ...authorization(), 'idempotency-key': keyOf(op.context) }) }),
          false: httpBatchLink({ url, fetch: send, maxItems: BATCH_MAX, maxURLLength: URL_LENGTH_MAX, headers: authorization }),
        }),
      }),
    ],
  });
}

function keyOf(context: Readonly<Record<string, unknown>>): string {
  const given = context['idempotencyKey'];
  return typeof given === 'string' ? given : crypto.randomUUID();
}

/** What the platform said of a failed call. A newer platform may send a code that this version does not list: keep a default branch. */
export interface PlatformError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
  /** Finds the call in the platform's logs. */
  readonly requestId: string;
}

/** What the platform said of a failed call, or undefined for a failure on the way (no network, not our server). */
export function platformError(error: unknown): PlatformError | undefined {
  if (!(error instanceof TRPCClientError)) return undefined;
  const data: unknown = error.data;
  if (typeof data !== 'object' || data === null || !('error' in data) || typeof data.error !== 'string') return undefined;
  const details = 'details' in data && typeof data.details === 'object' && data.details !== null ? { ...data.details } : {};
  const requestId = 'requestId' in data && typeof data.requestId === 'string' ? data.requestId : '';
  return { code: data.error as ErrorCode, message: error.message, details, requestId };
}
