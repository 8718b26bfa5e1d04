import { errorCodes, type OutputOf } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { actorKey, type Actor } from './actor.ts';
import { appendAudit } from './audit.ts';
import { authorise, isDenial, nobody } from './authorise.ts';
import { collect, pendingAudit, runStep, type Attempt } from './command-context.ts';
import { completeDelivery } from './deliveries.ts';
import type { Call, ExecutorParts } from './execution.ts';
import { Failure, isRetryable, Refusal } from './failure.ts';
import type { CommandHandler, PrepareContext } from './handler.ts';
import { findAnswer, giveAgain, inputHash, storeAnswer, type IdempotencyScope, type StoredAnswer } from './idempotency.ts';
import { writeEvents, type PendingEvent } from './outbox.ts';
import { parseInput } from './parse.ts';
import { type PersonalCall, personalSession, sessionKeys, sessionOfSubject, subjectKey } from './personal-keys.ts';
import { dropAfter } from './read-cache.ts';
import type { DatabaseSession, Sql, Transaction } from './transactions.ts';

/** A deadlock or a serialisation failure is tried this many times in all. */
const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 15;

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
}

/**
 * Runs a command in one transaction under the actor's session. It ends in one of three ways: a view (commit), a refusal (the handler's work is
 * undone; audit row, recorded rows and the stored answer commit) or a throw (everything is undone and the key is free again).
 */
export async function executeCommand<H extends CommandHandler>(
  parts: ExecutorParts,
  handler: H,
  call: Call,
): Promise<OutputOf<H['declaration']>> {
  const { declaration } = handler;
  const session = await authoriseAudited(parts, handler, call);
  const input: unknown = parseInput(declaration, call.input);
  const scope = idempotencyScope({ handler, call, session, input });
  const prepareParts = { parts, handler, call, session, input, scope };
  const prepared = await prepare(prepareParts);
  // A stored answer was parsed by this declaration before it was stored.
  if ('answer' in prepared) return prepared.answer as OutputOf<H['declaration']>;
  const actor = handler.actAs?.(prepared.value) ?? call.actor;
  const actingSession = actor === call.actor ? session : sessionActingAs(actor);
  const keyed = await withKeys({ ...prepareParts, session: actingSession }, prepared.value);
  const run: Run = { parts, handler, call, actor, session: keyed, input, prepared: prepared.value, scope };
  return (await attempts(run)) as OutputOf<H['declaration']>;
}

/** The key of a person that this very command makes, or its subject's. */
async function withKeys(run: PrepareParts, prepared: unknown): Promise<DatabaseSession> {
  const { handler, session, parts } = run;
  const issued = handler.issued?.(prepared);
  if (issued === undefined) return personalSession(personalCall(run));
  invariant(handler.declaration.pii, `${handler.declaration.name} issues a key and must declare pii`);
  return { ...session, keys: sessionKeys(issued, await parts.ports.vault.blindIndexKey()) };
}

async function attempts(run: Run): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(run);
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isRetryable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** attempt));
    }
  }
}

async function attemptOnce(run: Run): Promise<unknown> {
  const transaction = await run.parts.transactions.begin(run.session);
  try {
    const answer = run.scope === undefined ? undefined : await findAnswer(transaction.sql, run.scope);
    if (answer !== undefined) {
      await transaction.rollback();
      return giveAgain(answer);
    }
    if (run.session.userId !== null) await run.handler.lock?.(transaction.sql, run.session.userId);
    await transaction.savepoint();
    const { answer: outcome, events } = await handle(run, transaction);
    await transaction.commit();
    if (outcome.outcome === 'refused') throw new Refusal(outcome.code, outcome.details);
    await dropAfter(run.parts.cache, events);
    await run.handler.committed?.(run.parts.ports, run.prepared);
    return outcome.view;
  } catch (error) {
    // After a commit this is a no-op; a rollback that fails must not hide why we are here.
    await transaction.rollback().catch((cause: unknown) => run.parts.logger.warn({ cause }, 'rollback failed'));
    throw error;
  }
}

interface Handled {
  readonly answer: StoredAnswer;
  /** What was written to the outbox; nothing for a refusal. */
  readonly events: readonly PendingEvent[];
}

async function handle(run: Run, transaction: Transaction): Promise<Handled> {
  const { parts, actor, session } = run;
  const collected = collect();
  const answer = await outcomeOf(run, { parts, actor, session, transaction, collected });
  const { sql } = transaction;
  for (const write of collected.records) await write(sql);
  if (answer.outcome === 'view') await writeEvents(sql, collected.events, parts.subscriptions);
  for (const audit of collected.audits)
    await appendAudit(sql, session, { ...audit, actor, origin: run.call.origin, at: parts.clock.now() });
  // What the error table calls worth another try is not final: the same key, or the job's next attempt, runs again.
  if (answer.outcome === 'view' || errorCodes[answer.code].retry === 'never') {
    if (run.scope !== undefined) await storeAnswer(sql, run.scope, answer);
    if (run.call.completes !== undefined) await completeDelivery(sql, run.call.completes);
  }
  return { answer, events: answer.outcome === 'view' ? collected.events : [] };
}

async function outcomeOf(run: Run, attempt: Attempt): Promise<StoredAnswer> {
  const { handler, input, prepared } = run;
  const { collected, transaction } = attempt;
  const audit = pendingAudit(handler.declaration, input);
  try {
    const view = await runStep(attempt, { handler, input, prepared, audit, depth: 0 });
    if (collected.refusal === undefined) return { outcome: 'view', view };
    throw collected.refusal;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await transaction.rollbackToSavepoint();
    const { code, details } = error;
    // What nested calls did is undone with the rest, and so are their rows of the audit.
    collected.audits.splice(0, Infinity, {
      ...audit,
      outcome: 'refused',
      note: { ...audit.note, newValues: { refused: code, ...details } },
    });
    return { outcome: 'refused', code, details: { ...details } };
  }
}

type PrepareParts = Pick<Run, 'parts' | 'handler' | 'call' | 'session' | 'input' | 'scope'>;

/** Runs the handler's `prepare`, unless the key was answered before: the network must not be asked twice. */
async function prepare(run: PrepareParts): Promise<{ value: unknown } | { answer: unknown }> {
  const { parts, handler, session, input, scope } = run;
  if (handler.prepare === undefined) return { value: undefined };
  if (scope !== undefined) {
    const answer = await parts.transactions.bulk(session, ({ sql }) => findAnswer(sql, scope));
    if (answer !== undefined) return { answer: giveAgain(answer) };
  }
  return { value: await handler.prepare(prepareContext(run), input) };
}

const personalCall = ({ parts, handler, call, session, input }: PrepareParts): PersonalCall => ({
  transactions: parts.transactions,
  vault: parts.ports.vault,
  declaration: handler.declaration,
  session,
  actor: call.actor,
  input,
});

const prepareContext = (run: PrepareParts): PrepareContext => ({
  ports: run.parts.ports,
  actor: run.call.actor,
  origin: run.call.origin,
  clock: run.parts.clock,
  read: <T>(work: (sql: Sql) => Promise<T>) => run.parts.transactions.read(run.session, work),
  readAsNobody: <T>(work: (sql: Sql) => Promise<T>) => run.parts.transactions.read(nobody, work),
  readPersonal: async <T>(work: (sql: Sql) => Promise<T>) => run.parts.transactions.read(await personalSession(personalCall(run)), work),
  readAsSubject: async <T>(work: (sql: Sql) => Promise<T>) => run.parts.transactions.read(await sessionOfSubject(personalCall(run)), work),
  subjectKey: () => subjectKey(personalCall(run)),
});

function idempotencyScope({
  handler,
  call,
  session,
  input,
}: Pick<Run, 'handler' | 'call' | 'session' | 'input'>): IdempotencyScope | undefined {
  // Nobody in particular cannot own a key, and an answer with a secret is never stored.
  if (call.idempotencyKey === undefined || session.role === 'anonymous_role' || handler.declaration.replay === 'none') return undefined;
  return {
    actor: actorKey(call.actor),
    useCase: handler.declaration.name,
    key: call.idempotencyKey,
    userId: session.userId,
    inputHash: inputHash(input),
  };
}

function sessionActingAs(actor: Actor): DatabaseSession {
  invariant(actor.kind === 'user', 'only a user can be acted as');
  return { role: 'authenticated_user', userId: actor.userId };
}

/** A denial is audited too, as nobody: the actor has no right to the operation's own session. */
async function authoriseAudited(parts: ExecutorParts, handler: CommandHandler, call: Call): Promise<DatabaseSession> {
  try {
    return await authorise(handler.declaration, call.actor, parts);
  } catch (error) {
    if (error instanceof Failure && isDenial(error.code)) {
      const { declaration } = handler;
      await parts.transactions.bulk(nobody, ({ sql }) =>
        appendAudit(sql, nobody, {
          declaration,
          actor: call.actor,
          origin: call.origin,
          outcome: 'denied',
          note: { newValues: { refused: error.code, ...error.details } },
          at: parts.clock.now(),
        }),
      );
    }
    throw error;
  }
}
