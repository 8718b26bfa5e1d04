import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { AnyDeclaration } from '@trii/contract';
import { Failure } from '@trii/domain';

/** `__Host-`: browsers take it only with Secure, Path=/ and no Domain, so no neighbouring host can plant one. */
const NAME = '__Host-trii_session';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';
/** On each answer to a session in a cookie; only pages that may read our answers see it. */
export const CSRF_HEADER = 'X-CSRF-Token';

const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=(?<token>[^;]*)`, 'g');

/** The session that a browser keeps for us. Two of that name are none: one of them is not ours. */
export function cookieToken(headers: Headers): string | undefined {
  const found = [...(headers.get('cookie') ?? '').matchAll(COOKIE)].map(({ groups }) => groups?.['token'] ?? '');
  return found.length === 1 && /^[A-Za-z0-9_-]{20,200}$/.test(found[0] ?? '') ? found[0] : undefined;
}

export const keepInCookie = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`;
export const dropCookie = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;

export interface CsrfTokens {
  of(sessionToken: string): string;
  /** Whether the header's token is that of this session. */
  isOf(sessionToken: string, given: string | null): boolean;
}

/** Bound to the session by an HMAC, so that nothing has to be stored and one session's token is no good for another's. */
export function csrfTokens(secret: string): CsrfTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'trii csrf tokens', 32));
  const digest = (sessionToken: string): Buffer => createHmac('sha256', key).update(sessionToken).digest();
  return {
    of: (sessionToken) => digest(sessionToken).toString('base64url'),
    isOf: (sessionToken, given) => {
      const bytes = Buffer.from(given ?? '', 'base64url');
      const own = digest(sessionToken);
      return bytes.length === own.length && timingSafeEqual(bytes, own);
    },
  };
}

/**
 * Why a call may not use the session of the cookie that came along by itself. A browser sends it with whatever a page asks for; only a page that
 * reads our answers knows the token, and only an origin that we let in gets that far. Undefined: it may.
 */
export function cookieRefusal(
  { kind, access }: AnyDeclaration,
  headers: Headers,
  isCsrfToken: (given: string | null) => boolean,
): Failure | undefined {
  if (access.to === 'public') return undefined;
  if (headers.get('sec-fetch-site') === 'cross-site' && headers.get('origin') === null)
    return new Failure('FORBIDDEN', { header: 'Sec-Fetch-Site' });
  if (kind === 'query') return undefined;
  if (!isCsrfToken(headers.get(CSRF_HEADER))) return new Failure('FORBIDDEN', { header: CSRF_HEADER });
  // Which one it is was looked at before; a browser sends it with every POST.
  return kind === 'command' && headers.get('origin') === null ? new Failure('FORBIDDEN', { header: 'Origin' }) : undefined;
}
