import type { Permission } from './actor.ts';

/** bcrypt behind a port: costly, so only `prepare` calls it, outside any transaction. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a hash it cannot read. Costs the same when `hash` is null, so that timing tells nothing. */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Made with other parameters than `hash` uses now: to be made anew when the password is at hand. */
  isOutdated(hash: string): boolean;
  /** Whether many people use this as a password, by a list that needs no network. */
  isCommon(text: string): boolean;
}

export interface CachedSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: number;
  readonly permissions: readonly Permission[];
  /** When its person last proved who they are: then it began. */
  readonly authenticatedAt: number;
  readonly lastActivity: number;
}

/** `session:{hash}` in Redis. Losing it signs nobody out: PostgreSQL holds the truth. */
export interface SessionCache {
  /**
   * The session of that hash: as the cache has it, if the database was asked a moment ago, else as `lookUp` finds it; undefined when it was
   * ended or there is none.
   */
  find(tokenHash: string, lookUp: () => Promise<CachedSession | undefined>): Promise<CachedSession | undefined>;
  /**
   * After the database knows that it ended: once this resolves the token is refused everywhere, even if a concurrent look-up would cache it
   * again. Never throws: while the cache cannot be told this takes a few seconds, until no process believes what it read there before.
   */
  end(tokenHash: string): Promise<void>;
}

/** Guessing made slow. A try is counted as failed from its beginning, so that many at once are no more than one after the other. */
export interface SignInThrottle {
  /** Milliseconds to wait before the next try; 0: this one may be made. `account` is the e-mail address, whether anybody has it or not. */
  begin(account: string, address: string | null): Promise<number>;
  /** It went well: the mistakes before it are forgotten. */
  succeeded(account: string, address: string | null): Promise<void>;
}

/** In seconds: how long a session lasts, which each keeps as it began, and for how long one that just began may do what needs `stepUp`. */
export interface SessionLimits {
  readonly lifetimeSeconds: number;
  readonly idleSeconds: number;
  readonly stepUpSeconds: number;
}

/** 24 hours in all, 30 minutes without use, 5 minutes for what needs more. */
export const sessionLimitsByDefault: SessionLimits = { lifetimeSeconds: 86_400, idleSeconds: 1_800, stepUpSeconds: 300 };

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

/** Reading a stream that keeps a bounded past. */
export interface StreamReading {
  /** The id that was seen last; '0-0' for everything that is kept. */
  readonly after: string;
  readonly limit: number;
}

export interface StreamItems<T> {
  readonly items: readonly (T & { readonly id: string })[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
  /** Items after `after` may have been cut off before they were read: read the whole state again. */
  readonly isGap: boolean;
}

/** A person's data key, open: for one transaction or one file, never kept. */
export interface DataKey {
  readonly userId: string;
  readonly keyId: string;
  /** 256 random bits. */
  readonly key: Uint8Array;
}

/** A data key as it rests in `person_keys`: ciphertext under a master key, bound to its person. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrappedKey: Uint8Array;
  readonly masterKeyId: string;
}

/** Where the master keys are: outside the database, in the configuration or a key service. May be the network, so never asked inside a transaction. */
export interface KeyVault {
  /** Of the ring's keys the one that wraps from now on. */
  currentMasterKeyId(): Promise<string>;
  /** A new random data key. */
  issue(userId: string): Promise<DataKey>;
  /** Under the current master key. */
  wrap(dataKey: DataKey): Promise<WrappedKey>;
  /** @throws Failure KEY_UNAVAILABLE when the ring lacks that master key, or the key is not this person's */
  unwrap(userId: string, wrapped: WrappedKey): Promise<DataKey>;
  /** Of the blind index, which opens nothing: text for `app.blind_index_key`. */
  blindIndexKey(): Promise<string>;
}

/**
 * Documents of people: encrypted under their owner's data key before they rest anywhere, so that destroying the key erases them, whatever became
 * of the copies. Written once: a new version is a new blob. Ids are UUIDs.
 */
export interface BlobStore {
  /** All or nothing. @throws Failure PAYLOAD_TOO_LARGE; CodedError BLOB_EXISTS */
  put(owner: DataKey, blobId: string, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<{ readonly bytes: number }>;
  /** The whole content, once every byte of it is proven to be what was put; undefined when there is none. @throws CodedError BLOB_ALTERED */
  get(owner: DataKey, blobId: string): Promise<Uint8Array | undefined>;
  /** So many bytes of it from there on, fewer at its end, each proven like the whole; undefined when there is none. @throws CodedError BLOB_ALTERED */
  read(owner: DataKey, blobId: string, range: { readonly from: number; readonly bytes: number }): Promise<Uint8Array | undefined>;
  /** False: there was none. */
  delete(userId: string, blobId: string): Promise<boolean>;
  /** Everything of that person's, unfinished leftovers too. */
  deleteAll(userId: string): Promise<void>;
  /** Ids of the next people after that one who have any, in their order. */
  owners(after: string, limit: number): Promise<readonly string[]>;
  /** Ids, in their order. */
  list(userId: string): Promise<readonly string[]>;
}

/** A payment as the bank is told of it. `accountToken` names the linked account; none for a deposit that the investor wires. */
export interface BankInstruction {
  /** The same key is the same payment: the bank takes it once, and answers a repeat as it answered first. */
  readonly key: string;
  readonly direction: 'DEPOSIT' | 'WITHDRAWAL';
  /** What the bank repeats in all it says of the payment. */
  readonly reference: string;
  /** Decimal text. */
  readonly amount: string;
  readonly currency: string;
  readonly accountToken: string | null;
}

export type BankAnswer = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/** What the bank says afterwards. `bankReference` is the message's own: the same one twice is the same message. */
export interface BankMessage {
  readonly bankReference: string;
  readonly kind: 'SETTLED' | 'REJECTED' | 'RETURNED';
  readonly reference: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly reason: string | null;
  /** ISO 8601. */
  readonly bookedAt: string;
}

/** The bank that holds the platform's money. May be the network, so never asked inside a transaction. @throws Failure UNAVAILABLE when it does not answer */
export interface Bank {
  /** Makes an account known to the bank once; payments then name its token, and nobody but its owner ever needs the number again. */
  register(account: { readonly number: string; readonly currency: string }): Promise<{ readonly token: string }>;
  instruct(instruction: BankInstruction): Promise<BankAnswer>;
  /** What was not acknowledged yet, oldest first. The bank may say the same twice, and late. */
  messages(limit: number): Promise<readonly BankMessage[]>;
  /** Never told again. Only what is kept is acknowledged. */
  acknowledge(bankReferences: readonly string[]): Promise<void>;
}

/** Who is asked about. */
export interface ScreenedPerson {
  readonly firstName: string | null;
  readonly lastName: string | null;
  /** 'YYYY-MM-DD' */
  readonly birthDate: string | null;
  readonly countryCode: string | null;
}

export interface ScreeningResult {
  readonly check: 'IDENTITY' | 'SANCTIONS';
  readonly provider: string;
  /** `MATCH`: somebody on a list may be meant; `REVIEW`: the provider could not tell. */
  readonly outcome: 'CLEAR' | 'REVIEW' | 'MATCH';
  /** Codes of the provider's; never a name. */
  readonly findings: readonly string[];
}

/** Providers of identity and sanctions checks. What they say goes to who decides, and decides nothing. */
export interface Screening {
  screen(person: ScreenedPerson): Promise<readonly ScreeningResult[]>;
}

export interface OutgoingMail {
  /** The same for a mail that is sent again. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands a mail to whoever delivers it. @throws what the job of the mail is tried again for */
export interface MailSender {
  send(mail: OutgoingMail): Promise<void>;
}

/** Everything a `prepare` may reach outside the database. */
export interface Ports {
  readonly passwords: PasswordHasher;
  readonly sessions: SessionCache;
  readonly tokens: Tokens;
  readonly throttle: SignInThrottle;
  readonly sessionLimits: SessionLimits;
  readonly live: LiveEvents;
  readonly vault: KeyVault;
  readonly mail: MailSender;
  readonly bank: Bank;
  readonly blobs: BlobStore;
  readonly screening: Screening;
}

export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
