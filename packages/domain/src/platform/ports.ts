import type { Permission } from './actor.ts';

/** bcrypt behind a port: costly, so only `prepare` calls it, outside any transaction. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a hash it cannot read. Costs the same when `hash` is null, so that timing tells nothing. */
  verify(password: string, hash: string | null): Promise<boolean>;
}

export interface CachedSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: number;
  readonly permissions: readonly Permission[];
  readonly lastActivity: number;
}

/** `session:{hash}` in Redis. Losing it signs nobody out: PostgreSQL holds the truth. */
export interface SessionCache {
  find(tokenHash: string): Promise<CachedSession | 'ended' | undefined>;
  keep(tokenHash: string, session: CachedSession): Promise<void>;
  /** From here on the token is refused, even if a concurrent look-up would cache it again. */
  end(tokenHash: string): Promise<void>;
}

export interface Tokens {
  /** At least 128 random bits, base64url. */
  issue(): string;
  /** base64url(SHA-256(token)): all that is ever stored. */
  hash(token: string): string;
}

export interface LiveEvent {
  /** The stream's id: `milliseconds-sequence`. */
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly aggregateId: string;
}

/** What the relay published, routed to one user. Bounded: a reader that falls behind gets 'gap' and reads again. */
export interface LiveEvents {
  subscribe(
    userId: string,
    options: { readonly after?: string | undefined; readonly signal: AbortSignal },
  ): AsyncIterable<readonly LiveEvent[] | 'gap'>;
}

/** Signs the heads of audit chains by a key that is in no database. */
export interface AuditSigner {
  /** Names the key in every block that it signs. */
  readonly keyId: string;
  /** An Ed25519 signature, 64 bytes. */
  sign(text: Buffer): Buffer;
}

/** The public keys by which an export is judged. */
export interface AuditKeys {
  has(keyId: string): boolean;
  /** Whether the named key signed that text; false for a key that is not among these. */
  verify(keyId: string, text: Buffer, signature: Buffer): boolean;
}

/** Everything a `prepare` may reach outside the database. */
export interface Ports {
  readonly passwords: PasswordHasher;
  readonly sessions: SessionCache;
  readonly tokens: Tokens;
  readonly live: LiveEvents;
}

export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
