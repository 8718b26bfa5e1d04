import { type AnyDeclaration, callerOperations } from '@trii/contract';
import { type Actor, anonymous, type Failure, type Origin, toFailure } from '@trii/domain';
import type { RateLimiter } from '@trii/infra';
import type { RpcContext } from '@trii/rpc';
import type { ClientAddress } from './client-address.ts';
import { bearerToken, idempotencyKey, isApiKey } from './headers.ts';
import { admit, type CallLimits } from './limits.ts';
import { cookieRefusal, cookieToken, CSRF_HEADER, type CsrfTokens, dropCookie, keepInCookie } from './session-cookie.ts';

const USER_AGENT_MAX = 300;

export interface CallParts {
  /**
   * Whose session or key a token opens; undefined for none, an ended or an expired one. The database is asked only once `mayAsk` says so: a
   * caller beyond its limits must not reach it.
   */
  readonly actorOf: (
    token: { readonly hash: string; readonly is: 'session' | 'key' },
    mayAsk: Promise<boolean>,
  ) => Promise<Actor | undefined>;
  readonly tokenHashOf: (token: string) => string;
  readonly limiter: RateLimiter;
  readonly limits: CallLimits;
  readonly clientAddress: ClientAddress;
  readonly csrf: CsrfTokens;
}

/** One HTTP request, which may hold a batch of calls. */
export interface CallRequest {
  readonly headers: Headers;
  readonly peerAddress: string | null;
  readonly requestId: string;
  /** The names of what it calls, in the order of the batch. */
  readonly operations: readonly string[];
}

export interface CallContext extends RpcContext, Record<string, unknown> {
  /** What its answer carries; calls add to it while they run. */
  readonly answerHeaders: [string, string][];
}

/**
 * Who calls, from where, and whether they may now. Never throws: what is wrong with the headers, or with our own parts, is each call's typed
 * failure, under the request's id.
 */
export async function callContext(parts: CallParts, request: CallRequest): Promise<CallContext> {
  const { headers, operations } = request;
  const origin = originOf(parts, request);
  const session = sessionOf(headers);
  const tokenHash = session === undefined ? undefined : parts.tokenHashOf(session.token);
  const tokenIs = session?.is ?? 'session';
  const admitting = admit(parts, { address: origin.ipAddress, tokenHash, tokenIs }, operations);
  const mayAsk = admitting.then(({ isAnyLetIn }) => isAnyLetIn);
  const actorNow = async (may = Promise.resolve(true)) =>
    tokenHash === undefined ? undefined : parts.actorOf({ hash: tokenHash, is: tokenIs }, may);
  const answerHeaders: [string, string][] = [];
  const context = { actor: anonymous, origin, idempotencyKey: undefined, currentActor: () => actorNow(), answerHeaders };
  try {
    // Limits and session in one round trip. Beyond the limits nobody's session is known, and nobody asks whose it would be.
    const acting = actorNow(mayAsk).catch(async (error: unknown) => unlessTurnedAway(error, mayAsk));
    const [admission, actor = anonymous] = await Promise.all([admitting, acting]);
    answerHeaders.push(...Object.entries(admission.headers));
    if (session?.isCookie && actor !== anonymous) answerHeaders.push([CSRF_HEADER, parts.csrf.of(session.token)]);
    return {
      ...context,
      actor,
      idempotencyKey: idempotencyKey(headers),
      refusalOf: (index) =>
        admission.refusalOf(index) ?? (session?.isCookie ? cookieRefusalOf(parts, request, { index, ...session }) : undefined),
      failed: (failure) => tellWhenToCome(failure, answerHeaders),
      viewFor: (declaration, input, view) => viewFor({ declaration, input, view, answerHeaders, csrf: parts.csrf }),
    };
  } catch (error) {
    const failure = toFailure(error);
    return { ...context, refusalOf: () => failure };
  }
}

function originOf({ clientAddress }: CallParts, { headers, peerAddress, requestId }: CallRequest): Origin {
  const userAgent = headers.get('user-agent')?.slice(0, USER_AGENT_MAX) ?? null;
  return { requestId, ipAddress: clientAddress(peerAddress, headers.get('x-forwarded-for')), userAgent };
}

interface GivenSession {
  readonly token: string;
  readonly isCookie: boolean;
  readonly is: 'session' | 'key';
}

/** A program says who it is in a header; the cookie, which a browser sends unasked, counts only where nothing was said. */
function sessionOf(headers: Headers): GivenSession | undefined {
  const isCookie = headers.get('authorization') === null;
  const token = isCookie ? cookieToken(headers) : bearerToken(headers);
  // A key is a program's, and no browser keeps one: in a cookie it is a session's token that nobody knows.
  return token === undefined ? undefined : { token, isCookie, is: !isCookie && isApiKey(token) ? 'key' : 'session' };
}

async function unlessTurnedAway(error: unknown, mayAsk: Promise<boolean>): Promise<undefined> {
  if (await mayAsk) throw error;
}

const declarations: ReadonlyMap<string, AnyDeclaration> = new Map(callerOperations.map((declaration) => [declaration.name, declaration]));

function cookieRefusalOf(
  { csrf }: CallParts,
  { headers, operations }: CallRequest,
  { index, token }: { readonly index: number; readonly token: string },
): Failure | undefined {
  const declaration = declarations.get(operations[index] ?? '');
  return declaration === undefined ? undefined : cookieRefusal(declaration, headers, (given) => csrf.isOf(token, given));
}

const RETRY_AFTER = 'Retry-After';

/** What guesses passwords or codes, or asks too much of one person's, is told like who is beyond the limits; of a batch the longest wait. */
function tellWhenToCome({ code, details }: Failure, answerHeaders: [string, string][]): void {
  const waitMs = details['retryAfterMs'];
  if (code !== 'RATE_LIMITED' || typeof waitMs !== 'number') return;
  const seconds = Math.ceil(waitMs / 1000);
  const said = answerHeaders.find(([name]) => name === RETRY_AFTER);
  if (said === undefined) answerHeaders.push([RETRY_AFTER, String(seconds)]);
  else said[1] = String(Math.max(Number(said[1]), seconds));
}

interface Answered {
  readonly declaration: AnyDeclaration;
  readonly input: unknown;
  readonly view: unknown;
  readonly answerHeaders: [string, string][];
  readonly csrf: CsrfTokens;
}

/** A token for a browser goes into the cookie instead of the answer, where a script could read it. */
function viewFor({ declaration: { session }, input, view, answerHeaders, csrf }: Answered): unknown {
  if (session === 'ends') answerHeaders.push(['Set-Cookie', dropCookie]);
  if (session !== 'opens' || !isObject(view) || !isObject(input) || Reflect.get(input, 'transport') !== 'cookie') return view;
  const token: unknown = Reflect.get(view, 'token');
  if (typeof token !== 'string') return view;
  answerHeaders.push(['Set-Cookie', keepInCookie(token)], [CSRF_HEADER, csrf.of(token)]);
  return { ...view, token: '' };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
