import type { AnyDeclaration, Declaration, ErrorsOf, EventDeclaration, InputOf, OutputOf, PayloadOf } from '@trii/contract';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '@trii/kernel';
import type { Actor, Origin } from './actor.ts';
import type { DataKey, Ports } from './ports.ts';
import { assertCacheable, type QueryCaching } from './read-cache.ts';
import type { BulkTransaction, Sql } from './transactions.ts';

type QueryDeclaration = Declaration<'query'>;
type CommandDeclaration = Declaration<'command'>;
type BatchDeclaration = Declaration<'batch'>;
type FeedDeclaration = Declaration<'feed'>;

export interface Emission<E extends EventDeclaration> {
  readonly aggregateId: string;
  readonly payload: PayloadOf<E>;
  /** The tenant whose data changed; left out for what belongs to the platform. */
  readonly userId?: string;
}

/** Answers the event's id; the event itself is written when the handler ends well. */
export type Emit = <E extends EventDeclaration>(event: E, emission: Emission<E>) => string;

/** Calls another operation inside this one: authorised as it declares, audited, same transaction. */
export type CallOther = <H extends CommandHandler | QueryHandler>(
  other: H,
  input: InputOf<H['declaration']>,
) => Promise<OutputOf<H['declaration']>>;

export interface QueryContext {
  readonly sql: Sql;
  readonly actor: Actor;
  readonly clock: Clock;
}

export interface AuditNote {
  readonly entityId?: string;
  readonly oldValues?: Record<string, unknown>;
  /** Ids and figures only; never a secret and never personal data in plain text. */
  readonly newValues?: Record<string, unknown>;
  /** Personal values before and after: kept as ciphertext under the subject's key, so that erasing the person erases them here too. */
  readonly personal?: { readonly old?: Record<string, unknown>; readonly new?: Record<string, unknown> };
}

export interface CommandContext<D extends AnyDeclaration = AnyDeclaration, P = unknown> {
  readonly em: EntityManager;
  readonly sql: Sql;
  readonly actor: Actor;
  readonly clock: Clock;
  readonly prepared: P;
  readonly emit: Emit;
  /** Rows that commit even when the handler refuses: a failed sign-in, a compliance verdict. */
  readonly record: (write: (sql: Sql) => Promise<unknown>) => void;
  readonly call: CallOther;
  /** A business no, with a code the declaration names. Use as `return ctx.refuse(...)`. */
  readonly refuse: (code: ErrorsOf<D>, details?: Record<string, unknown>) => never;
  /** What the audit row says of the change. */
  readonly note: (note: AuditNote) => void;
}

export interface PrepareContext {
  readonly ports: Ports;
  readonly actor: Actor;
  readonly origin: Origin;
  readonly clock: Clock;
  /** A short read of its own, under the actor's session. */
  readonly read: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** The same as nobody in particular: for the functions that compare a secret, which no other role may call. */
  readonly readAsNobody: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** The same with the subject's key: for operations that declare `pii`. */
  readonly readPersonal: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** A read as the subject: what row-level security shows them and nobody else, with their key. An operator's operation then sees no more than they do. */
  readonly readAsSubject: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** That key itself, for what rests encrypted outside of the database. @throws Failure PERSON_ERASED, KEY_UNAVAILABLE */
  readonly subjectKey: () => Promise<DataKey>;
}

// Methods, not function properties, below: methods compare bivariantly, so that a handler of one declaration
// is also a handler of any declaration and the executor can take them all.

export interface QueryHandler<D extends QueryDeclaration = QueryDeclaration> {
  readonly declaration: D;
  /** The answer may be kept for a short while; a call from inside a command never uses it. */
  readonly cache?: QueryCaching<D>;
  handle(context: QueryContext, input: InputOf<D>): Promise<OutputOf<D>>;
}

export interface CommandHandler<D extends CommandDeclaration = CommandDeclaration, P = unknown> {
  readonly declaration: D;
  /** The network first, outside any transaction. */
  prepare?(context: PrepareContext, input: InputOf<D>): Promise<P>;
  /** A public operation that proved who the caller is lets its transaction run as them. */
  actAs?(prepared: P): Actor | undefined;
  /** A public operation that makes a person, or proved who one is, gives their key in `prepare`: its transaction holds that one. */
  issued?(prepared: P): DataKey | undefined;
  /**
   * What has to stay locked until the command is committed, refused or not: taken before the savepoint that a refusal goes back to, which lets
   * go of every lock taken after it. For what is counted by `record`, so that none of many at once is judged by a count that is about to change. Not
   * called where the transaction is nobody's in particular, as at a sign-in whose password was wrong.
   */
  lock?(sql: Sql, userId: string): Promise<unknown>;
  /** What follows the commit outside the database, before the answer goes out. It must not throw: the command has happened. */
  committed?(ports: Ports, prepared: P): Promise<void>;
  handle(context: CommandContext<D, P>, input: InputOf<D>): Promise<OutputOf<D>>;
}

export interface ChunkResult {
  /** Where the next chunk starts; null when the work is done. */
  readonly cursor: unknown;
  /** Added up over all chunks. */
  readonly counts: Readonly<Record<string, number>>;
  /** Rows written, for the progress row. */
  readonly rows: number;
  /** What could not be done and why, ids and figures only: logged, and kept in the chunk's audit row. */
  readonly problems?: readonly Readonly<Record<string, unknown>>[];
}

export interface ChunkContext<P = unknown> extends BulkTransaction {
  readonly prepared: P;
  readonly clock: Clock;
  readonly actor: Actor;
  readonly emit: Emit;
}

export interface BatchHandler<D extends BatchDeclaration = BatchDeclaration, P = unknown> {
  readonly declaration: D;
  /** Names the progress row: the same shard and run key resume where they stopped. */
  progress(input: InputOf<D>): { readonly shard: string; readonly runKey: string };
  /** The network first, outside the chunk's transaction; anew for each chunk. */
  prepare?(context: PrepareContext, input: InputOf<D>, cursor: unknown): Promise<P>;
  chunk(context: ChunkContext<P>, input: InputOf<D>, cursor: unknown): Promise<ChunkResult>;
  finish(counts: Readonly<Record<string, number>>): OutputOf<D>;
}

export interface FeedContext {
  readonly actor: Actor;
  readonly ports: Ports;
  readonly read: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

export interface FeedFrame<O = unknown> {
  /** The newest event's id; a reconnect starts after it. */
  readonly id: string;
  readonly data: O;
}

export interface FeedHandler<D extends FeedDeclaration = FeedDeclaration> {
  readonly declaration: D;
  run(context: FeedContext, input: InputOf<D>): AsyncIterable<FeedFrame<OutputOf<D>>>;
}

export type AnyHandler = QueryHandler | CommandHandler | BatchHandler | FeedHandler;

export type HandlerOf<D> =
  D extends Declaration<infer K>
    ? K extends 'query'
      ? QueryHandler & { readonly declaration: D }
      : K extends 'command'
        ? CommandHandler & { readonly declaration: D }
        : K extends 'batch'
          ? BatchHandler & { readonly declaration: D }
          : FeedHandler & { readonly declaration: D }
    : never;

/** A declaration without its handler, or a handler without its declaration, does not compile. */
export type HandlersOf<T> = { readonly [K in keyof T]: T[K] extends AnyDeclaration ? HandlerOf<T[K]> : HandlersOf<T[K]> };

type Parts<H> = Omit<H, 'declaration'>;
type CachedQueryParts<D extends QueryDeclaration> = Parts<QueryHandler<D>> & { readonly cache: QueryCaching<D> };

const isCached = (parts: unknown): parts is { readonly cache: QueryCaching } =>
  typeof parts === 'object' && parts !== null && 'cache' in parts && parts.cache !== undefined;

/** Binds a use case to its declaration. A query that is not cached, or a command that needs nothing prepared, is just its function. */
export function handler<D extends QueryDeclaration>(declaration: D, handle: QueryHandler<D>['handle']): QueryHandler<D>;
export function handler<D extends QueryDeclaration>(declaration: D, parts: CachedQueryParts<D>): QueryHandler<D>;
export function handler<D extends CommandDeclaration>(
  declaration: D,
  handle: CommandHandler<D, undefined>['handle'],
): CommandHandler<D, undefined>;
export function handler<D extends CommandDeclaration, P>(declaration: D, parts: Parts<CommandHandler<D, P>>): CommandHandler<D, P>;
export function handler<D extends BatchDeclaration, P = undefined>(declaration: D, parts: Parts<BatchHandler<D, P>>): BatchHandler<D, P>;
export function handler<D extends FeedDeclaration>(declaration: D, parts: Parts<FeedHandler<D>>): FeedHandler<D>;
export function handler(declaration: AnyDeclaration, parts: unknown): unknown {
  if (isCached(parts)) assertCacheable(declaration, parts.cache);
  return typeof parts === 'function' ? { declaration, handle: parts } : { declaration, ...(parts as object) };
}
