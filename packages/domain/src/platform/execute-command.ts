import type { OutputOf } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { actorKey, type Actor } from './actor.ts';
import { appendAudit, auditedId, type AuditOutcome } from './audit.ts';
import { authorise } from './authorise.ts';
import { completeDelivery } from './deliveries.ts';
import type { Call, ExecutorParts } from './execution.ts';
import { Failure, isRetryable, Refusal, toFailure } from './failure.ts';
import type { AuditNote, CallOther, CommandContext, CommandHandler, QueryHandler } from './handler.ts';
import { findAnswer, giveAgain, inputHash, storeAnswer, type IdempotencyScope, type StoredAnswer } from './idempotency.ts';
import { eventBuffer, writeEvents, type PendingEvent } from './outbox.ts';
import { parseInput, parseOutput } from './parse.ts';
import type { DatabaseSession, Sql, Transaction } from './transactions.ts';

/** A deadlock or a serialisation failure is tried this many times in all. */
const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 15;
const NESTED_MAX = 5;

/** One run of a command, with everything that stays the same over its attempts. */
interface Run {
  readonly parts: ExecutorParts;
  readonly handler: CommandHandler;
  readonly call: Call;
  readonly actor: Actor;
  readonly session: DatabaseSession;
  readonly input: unknown;
  readonly prepared: unknown;
  readonly scope: IdempotencyScope | undefined;
  readonly hash: Buffer;
}

/** What one attempt collected; a fresh one for each attempt. */
interface Collected {
  readonly events: PendingEvent[];
  readonly records: ((sql: Sql) => Promise<unknown>)[];
  readonly audits: { readonly declaration: CommandHandler['declaration']; readonly outcome: AuditOutcome; readonly note: AuditNote }[];
}

/**
 * Runs a command in one transaction under the actor's session. It ends in one of three ways: a view (commit), a refusal (the handler's work is
 * undone; audit row, recorded rows and the stored answer commit) or a throw (everything is undone and the key is free again).
 */
export async function executeCommand<H extends CommandHandler>(parts: ExecutorParts, handler: H, call: Call): Promise<OutputOf<H['declaration']>> {
  const { declaration } = handler;
  const session = await authoriseAudited(parts, handler, call);
  const input: unknown = parseInput(declaration, call.input);
  const hash = inputHash(input);
  const scope = idempotencyScope(handler, call, session);
  const prepared = await prepare({ parts, handler, call, session, input, scope, hash });
  if ('answer' in prepared) return parseOutput(declaration, prepared.answer) as OutputOf<H['declaration']>;
  const actor = handler.actAs?.(prepared.value) ?? call.actor;
  const actingSession = actor === call.actor ? session : sessionActingAs(actor);
  const run: Run = { parts, handler, call, actor, session: actingSession, input, prepared: prepared.value, scope, hash };
  return (await attempts(run)) as OutputOf<H['declaration']>;
}

async function attempts(run: Run): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(run);
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isRetryable(error)) throw toFailure(error);
      await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** attempt));
    }
  }
}

async function attemptOnce(run: Run): Promise<unknown> {
  const transaction = await run.parts.transactions.begin(run.session);
  try {
    const answer = run.scope === undefined ? undefined : await findAnswer(transaction.sql, run.scope, run.hash);
    if (answer !== undefined) {
      await transaction.rollback();
      return giveAgain(answer);
    }
    await transaction.savepoint();
    const outcome = await handle(run, transaction);
    await transaction.commit();
    if (outcome.outcome === 'refused') throw new Refusal(outcome.code, outcome.details);
    return outcome.view;
  } catch (error) {
    // After a commit this is a no-op; a rollback that fails must not hide why we are here.
    await transaction.rollback().catch((cause: unknown) => run.parts.logger.warn({ cause }, 'rollback failed'));
    throw error;
  }
}

async function handle(run: Run, transaction: Transaction): Promise<StoredAnswer> {
  const { declaration } = run.handler;
  const buffer = eventBuffer();
  const collected: Collected = { events: buffer.events, records: [], audits: [] };
  const answer = await outcomeOf(run, transaction, { collected, emit: buffer.emit });
  const { sql } = transaction;
  for (const write of collected.records) await write(sql);
  if (answer.outcome === 'view') await writeEvents(sql, collected.events, run.parts.subscriptions);
  for (const audit of collected.audits) {
    await appendAudit(sql, run.session, { ...audit, actor: run.actor, origin: run.call.origin, at: run.parts.clock.now() });
  }
  if (run.scope !== undefined && declaration.replay === 'stored') await storeAnswer(sql, run.scope, { hash: run.hash, answer });
  if (run.call.completes !== undefined) await completeDelivery(sql, run.call.completes);
  return answer;
}

async function outcomeOf(run: Run, transaction: Transaction, to: { readonly collected: Collected; readonly emit: CommandContext['emit'] }): Promise<StoredAnswer> {
  const { declaration } = run.handler;
  const note = noteOf(auditedId(declaration, run.input));
  try {
    const view = await run.handler.handle(contextOf(run, transaction, { ...to, note, depth: 0 }), run.input);
    await transaction.em.flush();
    to.collected.audits.push({ declaration, outcome: 'ok', note: note.value });
    return { outcome: 'view', view: parseOutput(declaration, view) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await transaction.rollbackToSavepoint();
    // What nested calls did is undone with the rest, and so are their rows of the audit.
    to.collected.audits.splice(0, Infinity, { declaration, outcome: 'refused', note: { ...note.value, newValues: { refused: error.code, ...error.details } } });
    return { outcome: 'refused', code: error.code, details: { ...error.details } };
  }
}

interface NoteBox {
  value: AuditNote;
}

const noteOf = (entityId: string | undefined): NoteBox => ({ value: entityId === undefined ? {} : { entityId } });

interface ContextParts {
  readonly collected: Collected;
  readonly emit: CommandContext['emit'];
  readonly note: NoteBox;
  readonly depth: number;
}

function contextOf(run: Run, transaction: Transaction, at: ContextParts): CommandContext {
  return {
    em: transaction.em,
    sql: transaction.sql,
    actor: run.actor,
    clock: run.parts.clock,
    prepared: run.prepared,
    emit: at.emit,
    record: (write) => at.collected.records.push(write),
    call: nestedCall(run, transaction, at),
    refuse: (code, details) => {
      throw new Refusal(code, details);
    },
    note: (note) => {
      at.note.value = { ...at.note.value, ...note };
    },
  };
}

/** Another operation inside this one: authorised as it declares, in the same transaction, with its own audit row and events. */
function nestedCall(run: Run, transaction: Transaction, at: ContextParts): CallOther {
  const call = async (other: CommandHandler | QueryHandler, rawInput: unknown): Promise<unknown> => {
    const { declaration } = other;
    invariant(at.depth < NESTED_MAX, `operations call each other at most ${NESTED_MAX} deep`);
    invariant(authorise(declaration, run.actor).role === run.session.role, `${declaration.name} needs another database role than ${run.handler.declaration.name}`);
    const input = parseInput(declaration, rawInput);
    if (declaration.kind === 'query') {
      const query = other as QueryHandler;
      return parseOutput(declaration, await query.handle({ sql: transaction.sql, actor: run.actor, clock: run.parts.clock }, input));
    }
    const command = other as CommandHandler;
    invariant(command.prepare === undefined, `${declaration.name} prepares over the network and cannot be called inside a transaction`);
    const note = noteOf(auditedId(declaration, input));
    const view = await command.handle(contextOf({ ...run, prepared: undefined }, transaction, { ...at, note, depth: at.depth + 1 }), input);
    at.collected.audits.push({ declaration: command.declaration, outcome: 'ok', note: note.value });
    return parseOutput(declaration, view);
  };
  // One seam: the public type ties input and output to the handler, which the loop over kinds above cannot express.
  return call as CallOther;
}

type PrepareParts = Pick<Run, 'parts' | 'handler' | 'call' | 'session' | 'input' | 'scope' | 'hash'>;

/** Runs the handler's `prepare`, unless the key was answered before: the network must not be asked twice. */
async function prepare(run: PrepareParts): Promise<{ value: unknown } | { answer: unknown }> {
  const { parts, handler, call, session, input, scope, hash } = run;
  if (handler.prepare === undefined) return { value: undefined };
  try {
    if (scope !== undefined) {
      const answer = await parts.transactions.bulk(session, ({ sql }) => findAnswer(sql, scope, hash));
      if (answer !== undefined) return { answer: giveAgain(answer) };
    }
    const read = <T>(work: (sql: Sql) => Promise<T>) => parts.transactions.read(session, work);
    return { value: await handler.prepare({ ports: parts.ports, actor: call.actor, origin: call.origin, clock: parts.clock, read }, input) };
  } catch (error) {
    throw toFailure(error);
  }
}

function idempotencyScope(handler: CommandHandler, call: Call, session: DatabaseSession): IdempotencyScope | undefined {
  // Nobody in particular cannot own a key, and an answer with a secret is never stored.
  if (call.idempotencyKey === undefined || call.actor.kind === 'anonymous' || handler.declaration.replay === 'none') return undefined;
  return { actor: actorKey(call.actor), useCase: handler.declaration.name, key: call.idempotencyKey, userId: session.userId };
}

function sessionActingAs(actor: Actor): DatabaseSession {
  invariant(actor.kind === 'user', 'only a user can be acted as');
  return { role: 'authenticated_user', userId: actor.userId };
}

/** A denial is audited too, as nobody: the actor has no right to the operation's own session. */
async function authoriseAudited(parts: ExecutorParts, handler: CommandHandler, call: Call): Promise<DatabaseSession> {
  try {
    return authorise(handler.declaration, call.actor);
  } catch (error) {
    if (error instanceof Failure && error.code === 'FORBIDDEN') {
      const nobody: DatabaseSession = { role: 'anonymous_role', userId: null };
      const { declaration } = handler;
      await parts.transactions.bulk(nobody, ({ sql }) =>
        appendAudit(sql, nobody, { declaration, actor: call.actor, origin: call.origin, outcome: 'denied', note: {}, at: parts.clock.now() }),
      );
    }
    throw error;
  }
}
