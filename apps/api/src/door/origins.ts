/** Whether pages of an origin may call; `host` is the one that the request was sent to. */
export type OriginCheck = (origin: string, host: string | null) => boolean;

/** Pages of the api's own host, and of the origins that the operator lists. `null`, which a sandboxed page sends, is neither. */
export function originCheck(listed: readonly string[]): OriginCheck {
  const known = new Set(listed);
  return (origin, host) => known.has(origin) || (host !== null && hostOf(origin) === host);
}

function hostOf(origin: string): string | undefined {
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === origin ? url.host : undefined;
}

/** What pages of listed origins may send, and read of an answer. */
export const crossOrigin = {
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id', 'trpc-accept', 'x-csrf-token', 'x-request-id'],
  exposeHeaders: ['ratelimit', 'ratelimit-policy', 'retry-after', 'x-csrf-token', 'x-request-id'],
  maxAge: 600,
};
