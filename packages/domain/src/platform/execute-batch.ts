import type { OutputOf } from '@trii/contract';
import { canonicalJson, invariant, InvariantError } from '@trii/kernel';
import { appendAudit } from './audit.ts';
import { authorise, nobody } from './authorise.ts';
import { completeDelivery } from './deliveries.ts';
import type { BatchCall, ExecutorParts } from './execution.ts';
import { Failure } from './failure.ts';
import type { BatchHandler, ChunkResult } from './handler.ts';
import { eventBuffer, writeEvents, type PendingEvent } from './outbox.ts';
import { parseInput, parseOutput } from './parse.ts';
import { dropAfter } from './read-cache.ts';
import type { BulkTransaction, DatabaseSession, Sql } from './transactions.ts';

/** A run that needs more chunks than this is not a batch but a mistake. */
const CHUNKS_MAX = 1_000_000;

type Counts = Record<string, number>;
interface Progress {
  readonly done: boolean;
  readonly at: unknown;
  readonly counts: Counts;
}

interface BatchRun {
  readonly parts: ExecutorParts;
  readonly handler: BatchHandler;
  readonly call: BatchCall;
  readonly session: DatabaseSession;
  readonly input: unknown;
  readonly key: { readonly shard: string; readonly runKey: string };
}

/**
 * Runs a batch chunk by chunk, one transaction each: the chunk's rows, its progress row, its audit row and its events commit together. Killed in
 * between, the same shard and run key go on after the last committed chunk; ended, they answer what was counted.
 */
export async function executeBatch<H extends BatchHandler>(
  parts: ExecutorParts,
  handler: H,
  call: BatchCall,
): Promise<OutputOf<H['declaration']>> {
  const { declaration } = handler;
  const session = await authorise(declaration, call.actor, parts);
  const input: unknown = parseInput(declaration, call.input);
  const run: BatchRun = { parts, handler, call, session, input, key: handler.progress(input) };
  let at: unknown;
  for (let chunk = 0; chunk < CHUNKS_MAX; chunk += 1) {
    if (call.signal?.aborted === true) throw new Failure('UNAVAILABLE', { stopped: declaration.name });
    const prepared = await prepareChunk(run, at);
    const { progress, events } = await parts.transactions.bulk(session, (transaction) => runChunk(run, transaction, prepared));
    await dropAfter(parts.cache, events);
    at = progress.at;
    call.onChunk?.(progress.counts);
    if (progress.done) return parseOutput(declaration, handler.finish(progress.counts)) as OutputOf<H['declaration']>;
  }
  throw new Error(`${declaration.name} did not end within ${CHUNKS_MAX} chunks`);
}

interface Chunk {
  readonly progress: Progress;
  readonly events: readonly PendingEvent[];
}

interface PreparedChunk {
  readonly value: unknown;
  readonly cursor: unknown;
}

/** Undefined when the handler prepares nothing. Where a run before this one stopped is looked up first. */
async function prepareChunk(run: BatchRun, at: unknown): Promise<PreparedChunk | undefined> {
  const { handler, parts, session, call } = run;
  if (handler.prepare === undefined) return undefined;
  const read = <T>(work: (sql: Sql) => Promise<T>) => parts.transactions.read(session, work);
  const cursor = at === undefined ? await read((sql) => findCursor(run, sql)) : at;
  const readAsNobody = <T>(work: (sql: Sql) => Promise<T>) => parts.transactions.read(nobody, work);
  const noSubject = (): never => {
    throw new InvariantError(`${handler.declaration.name} is of many people and opens each key itself`);
  };
  const personal = { readPersonal: noSubject, readAsSubject: noSubject, subjectKey: noSubject };
  const context = { ports: parts.ports, actor: call.actor, origin: call.origin, clock: parts.clock, read, readAsNobody, ...personal };
  return { cursor, value: await handler.prepare(context, run.input, cursor) };
}

async function findCursor({ handler, key }: BatchRun, sql: Sql): Promise<unknown> {
  const [row] = await sql<{ cursor: { at?: unknown } }>`
    SELECT cursor FROM batch_progress WHERE job_name = ${handler.declaration.name} AND shard = ${key.shard} AND run_key = ${key.runKey}`;
  return row?.cursor.at ?? null;
}

async function runChunk(run: BatchRun, transaction: BulkTransaction, prepared: PreparedChunk | undefined): Promise<Chunk> {
  const { handler, parts, call } = run;
  const before = await lockProgress(run, transaction);
  // Another worker went on meanwhile: what was prepared is for a chunk that is done.
  if (!before.done && prepared !== undefined && canonicalJson(prepared.cursor) !== canonicalJson(before.at))
    return { progress: before, events: [] };
  if (before.done) {
    if (call.completes !== undefined) await completeDelivery(transaction.sql, call.completes);
    return { progress: before, events: [] };
  }
  const buffer = eventBuffer();
  const context = { ...transaction, clock: parts.clock, actor: call.actor, emit: buffer.emit, prepared: prepared?.value };
  const result = await handler.chunk(context, run.input, before.at);
  const after: Progress = { done: result.cursor === null, at: result.cursor, counts: added(before.counts, result.counts) };
  await writeEvents(transaction.sql, buffer.events, parts.subscriptions);
  await saveProgress(run, transaction, { after, rows: result.rows });
  await appendAudit(transaction.sql, run.session, {
    declaration: handler.declaration,
    actor: call.actor,
    origin: call.origin,
    outcome: 'ok',
    note: { newValues: { ...run.key, ...result.counts, rows: result.rows, ...problemsOf(result) } },
    at: parts.clock.now(),
  });
  for (const problem of result.problems ?? [])
    parts.logger.warn({ useCase: handler.declaration.name, requestId: call.origin.requestId, ...problem }, 'left undone by a batch');
  // The last commit waits for the disk and takes those before it along: a crash costs chunks that the next run does again. A chunk with events
  // waits too, since what others were told must not be lost.
  if (!after.done && buffer.events.length === 0) await transaction.sql`SET LOCAL synchronous_commit = off`;
  if (after.done && call.completes !== undefined) await completeDelivery(transaction.sql, call.completes);
  return { progress: after, events: buffer.events };
}

const problemsOf = ({ problems }: ChunkResult) => (problems === undefined ? {} : { problems });

/** Two workers on one shard take turns: the second sees what the first committed. */
async function lockProgress(run: BatchRun, { sql }: BulkTransaction): Promise<Progress> {
  const name = run.handler.declaration.name;
  await sql`INSERT INTO batch_progress (job_name, shard, run_key, cursor, status, chunks, rows, started_at, updated_at)
    VALUES (${name}, ${run.key.shard}, ${run.key.runKey}, '{}'::jsonb, 'running', 0, 0, now(), now()) ON CONFLICT DO NOTHING`;
  const [row] = await sql<{ status: string; cursor: { at?: unknown; counts?: Counts } }>`
    SELECT status, cursor FROM batch_progress WHERE job_name = ${name} AND shard = ${run.key.shard} AND run_key = ${run.key.runKey} FOR UPDATE`;
  invariant(row !== undefined, 'the progress row was just made sure of');
  return { done: row.status === 'done', at: row.cursor.at ?? null, counts: row.cursor.counts ?? {} };
}

async function saveProgress(
  run: BatchRun,
  { sql }: BulkTransaction,
  save: { readonly after: Progress; readonly rows: number },
): Promise<void> {
  const { after, rows } = save;
  const cursor = JSON.stringify({ at: after.at, counts: after.counts });
  await sql`UPDATE batch_progress SET cursor = ${cursor}::jsonb, status = ${after.done ? 'done' : 'running'}, chunks = chunks + 1, rows = rows + ${rows},
      updated_at = now(), finished_at = CASE WHEN ${after.done}::boolean THEN now() END
    WHERE job_name = ${run.handler.declaration.name} AND shard = ${run.key.shard} AND run_key = ${run.key.runKey}`;
}

function added(totals: Readonly<Counts>, counts: Readonly<Counts>): Counts {
  const sum: Counts = { ...totals };
  for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
