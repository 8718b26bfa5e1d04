import { fields } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { z } from 'zod';
import {
  type Envelope,
  NotificationEntry,
  PortfolioValue,
  PredictionValue,
  QuoteValue,
  SessionValue,
  TickEntry,
  UpdateEntry,
} from './key-values.ts';

// The one home of what this platform keeps in Redis: every key, its lifetime, and the shape of its value. BullMQ's own keys are BullMQ's.

type Segments = Readonly<Record<string, z.ZodType<string>>>;
type Given<S extends Segments> = { readonly [K in keyof S]: string };

interface Documented {
  readonly writer: string;
  readonly reader: string;
}

export interface ValueKey<
  S extends Segments = Segments,
  V extends z.ZodType<z.output<typeof Envelope>> = z.ZodType<z.output<typeof Envelope>>,
> extends Documented {
  /** As the specification writes it. */
  readonly pattern: string;
  readonly segments: S;
  readonly ttlMs: number;
  /** Counted up with every change of the shape: a test compares. */
  readonly version: number;
  readonly value: V;
  /** What is dropped all at once has an epoch, which each value carries. */
  readonly epoch: string | null;
  readonly dropped: string;
}

export interface StreamKey<S extends Segments = Segments, E extends z.ZodObject = z.ZodObject> extends Documented {
  readonly pattern: string;
  readonly segments: S;
  /** Entries kept, about: Redis cuts whole nodes. */
  readonly maxLength: number;
  /** A stream that nobody writes to any more goes after this; null for those there is one of. */
  readonly idleMs: number | null;
  readonly entry: E;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** base64url of 32 bytes. */
const TokenHash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** name@version@horizon, or two models of one name would share a key. */
const ModelVersion = z.string().regex(/^[A-Za-z0-9._-]{1,100}@[A-Za-z0-9._-]{1,50}@[A-Za-z0-9._-]{1,20}$/);

const epochOf = (family: string): string => `cache:epoch:${family}`;

export const quoteKey = {
  pattern: 'market:quote:{symbol}',
  segments: { symbol: fields.InstrumentSymbol },
  ttlMs: SECOND_MS,
  version: 1,
  value: QuoteValue,
  epoch: null,
  writer: '`market.quote`, on a miss',
  reader: '`market.quote`',
  dropped: 'nothing: it lives a second',
} satisfies ValueKey;

export const sessionKey = {
  pattern: 'session:{hash}',
  segments: { hash: TokenHash },
  ttlMs: DAY_MS,
  version: 5,
  value: SessionValue,
  epoch: epochOf('session'),
  writer: 'the api, on a miss and when a session was confirmed again (every 30 s of use)',
  reader: 'the api, once a request',
  dropped: 'signing out, which leaves the mark `ended` for 24 h; whole whenever an api or the workers connect anew',
} satisfies ValueKey;

export const portfolioKey = {
  pattern: 'portfolio:{user_id}:{portfolio_id}',
  segments: { user_id: fields.Id, portfolio_id: fields.Id },
  ttlMs: 30 * SECOND_MS,
  version: 3,
  value: PortfolioValue,
  epoch: epochOf('portfolio'),
  writer: '`portfolio.summary`, on a miss',
  reader: '`portfolio.summary`',
  dropped:
    'any event of that portfolio; whole by imported bars, exchange rates, a new valuation date, and whenever an api or the workers connect anew',
} satisfies ValueKey;

export const predictionKey = {
  pattern: 'ml:prediction:{symbol}:{model_version}',
  segments: { symbol: fields.InstrumentSymbol, model_version: ModelVersion },
  ttlMs: HOUR_MS,
  version: 1,
  value: PredictionValue,
  epoch: epochOf('ml:prediction'),
  writer: 'whoever predicts, through the port `PredictionCache`',
  reader: 'the same port',
  dropped: 'the next prediction of the same model; whole whenever an api or the workers connect anew',
} satisfies ValueKey;

const SHARED_STREAM_MAX = 100_000;

export const liveStream = {
  pattern: 'stream:live',
  segments: {},
  maxLength: SHARED_STREAM_MAX,
  idleMs: null,
  entry: UpdateEntry,
  writer: 'the relay, every event that names a user',
  reader: 'each api once, for `portfolio.updates`',
} satisfies StreamKey;

export const portfolioUpdatesStream = {
  pattern: 'stream:portfolio_updates',
  segments: {},
  maxLength: SHARED_STREAM_MAX,
  idleMs: null,
  entry: UpdateEntry,
  writer: 'the relay, every event of a portfolio',
  reader: 'whoever follows all portfolios',
} satisfies StreamKey;

export const marketDataStream = {
  pattern: 'stream:market_data',
  segments: {},
  maxLength: SHARED_STREAM_MAX,
  idleMs: null,
  entry: TickEntry,
  writer: 'ingest, through the port `TickPublisher`',
  reader: 'whoever follows prices',
} satisfies StreamKey;

export const notificationsStream = {
  pattern: 'stream:notifications:{user_id}',
  segments: { user_id: fields.Id },
  maxLength: 1_000,
  idleMs: 7 * DAY_MS,
  entry: NotificationEntry,
  writer: 'the relay, every event of a notification',
  reader: 'the replay of one user',
} satisfies StreamKey;

export const valueKeys: readonly ValueKey[] = [quoteKey, sessionKey, portfolioKey, predictionKey];
export const streamKeys: readonly StreamKey[] = [marketDataStream, notificationsStream, portfolioUpdatesStream, liveStream];

/** @throws InvariantError for a segment that is not what it should be: a colon in it would name another key */
export function keyOf<S extends Segments>(
  { pattern, segments }: { readonly pattern: string; readonly segments: S },
  given: Given<S>,
): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parsed = segments[name]?.safeParse(given[name]);
    invariant(parsed?.success === true, `${pattern}: ${name} is not a valid segment`);
    return parsed.data;
  });
}

/** Held by the one that loads a value; dropped with it, so that what was loaded before cannot be stored after. */
export const leaseOf = (key: string): string => `cache:lease:${key}`;

/** Tries to sign in that have not gone well, by hashes: of an account, of an address, of both together. */
export const triesKey = (kind: 'pair' | 'account' | 'address', id: string): string => `cache:tries:${kind}:${id}`;
/** What a caller's rate limit still holds: `session` and `key` by the hash of the token, `address` by itself or, of IPv6, its network. */
export const limitKey = (kind: 'session' | 'key' | 'address', id: string): string => `cache:limit:${kind}:${id}`;
