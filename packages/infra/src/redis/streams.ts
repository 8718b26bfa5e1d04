import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { keyOf, type StreamKey } from './keys.ts';

/** Fields of an entry are text. */
const Entry = z.string();

/** Adds an entry to a pipeline, keeping the stream to its length and, where it has one, to its idle time. @throws ZodError for what is no entry of it */
export function addEntry<K extends StreamKey>(pipeline: ChainableCommander, stream: K, to: EntryTo<K>): void {
  const key = keyOf(stream, to.segments);
  const fields = Object.entries(stream.entry.parse(to.entry)).flatMap(([name, value]) =>
    value === undefined ? [] : [name, Entry.parse(value)],
  );
  pipeline.xadd(key, 'MAXLEN', '~', stream.maxLength, '*', ...fields);
  if (stream.idleMs !== null) pipeline.pexpire(key, stream.idleMs);
}

export interface EntryTo<K extends StreamKey> {
  readonly segments: { readonly [S in keyof K['segments']]: string };
  readonly entry: z.input<K['entry']>;
}

/** @throws the first failure: none of the entries counts as written then */
export async function addAll(redis: Redis, fill: (pipeline: ChainableCommander) => void): Promise<void> {
  const pipeline = redis.pipeline();
  fill(pipeline);
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}

export interface StreamEntry<E> {
  /** `milliseconds-sequence`. */
  readonly id: string;
  readonly entry: E;
}

export interface StreamPage<E> {
  readonly entries: readonly StreamEntry<E>[];
  /** Where to go on, whether the last entries could be parsed or not; null at the end. */
  readonly next: string | null;
  /** Entries after `after` may have been cut off before they were read. */
  readonly isGap: boolean;
}

export interface Reading {
  /** The id that was seen last; '0-0' for everything that is kept. */
  readonly after: string;
  readonly limit: number;
}

const STREAM_START = '0-0';
/** Entries in one reply. */
const PAGE_MAX = 1_000;

/** What came after an id, oldest first. An entry that is not of the stream's shape (of another version) is passed over. */
export async function readEntries<K extends StreamKey>(
  redis: Redis,
  { stream, key }: { readonly stream: K; readonly key: string },
  { after, limit }: Reading,
): Promise<StreamPage<z.output<K['entry']>>> {
  const count = Math.min(limit, PAGE_MAX);
  const [[oldest], found] = await Promise.all([
    redis.xrange(key, '-', '+', 'COUNT', 1),
    redis.xrange(key, `(${after}`, '+', 'COUNT', count),
  ]);
  const entries = found.flatMap(([id, flat]) => entryOf(stream, id, flat));
  const last = found.at(-1)?.[0] ?? null;
  return {
    entries,
    next: found.length < count ? null : last,
    isGap: after !== STREAM_START && oldest !== undefined && isLater(oldest[0], after),
  };
}

/** Empty when it is no entry of that stream. */
export function entryOf<K extends StreamKey>(stream: K, id: string, flat: readonly string[]): StreamEntry<z.output<K['entry']>>[] {
  const record: Record<string, string> = {};
  for (let at = 0; at + 1 < flat.length; at += 2) record[flat[at] ?? ''] = flat[at + 1] ?? '';
  const parsed = stream.entry.safeParse(record);
  // The entry's own schema parsed it; the generic loses that.
  return parsed.success ? [{ id, entry: parsed.data as z.output<K['entry']> }] : [];
}

/** Stream ids are `milliseconds-sequence`, both numbers. */
export function isLater(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs > bMs || (aMs === bMs && aSeq > bSeq);
}
