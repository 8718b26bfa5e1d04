import type { AnyDeclaration } from '@trii/contract';
import { invariant } from '@trii/kernel';
import type { Actor } from './actor.ts';
import { auditedId, type AuditOutcome } from './audit.ts';
import { authorise } from './authorise.ts';
import type { ExecutorParts } from './execution.ts';
import { Refusal } from './failure.ts';
import type { AuditNote, CallOther, CommandContext, CommandHandler, QueryHandler } from './handler.ts';
import { eventBuffer } from './outbox.ts';
import { parseInput, parseOutput } from './parse.ts';
import type { DatabaseSession, Sql, Transaction } from './transactions.ts';

const NESTED_MAX = 5;

interface PendingAudit {
  readonly declaration: AnyDeclaration;
  readonly outcome: AuditOutcome;
  note: AuditNote;
}

export function pendingAudit(declaration: AnyDeclaration, input: unknown): PendingAudit {
  const entityId = auditedId(declaration, input);
  return { declaration, outcome: 'ok', note: entityId === undefined ? {} : { entityId } };
}

/** What one attempt collected, to be written when it ends; a fresh one for each attempt. */
export interface Collected extends ReturnType<typeof eventBuffer> {
  readonly records: ((sql: Sql) => Promise<unknown>)[];
  readonly audits: PendingAudit[];
  /** Once anything refused, the whole command is: a caller that caught it must not keep half of the refused work. */
  refusal: Refusal | undefined;
}

export const collect = (): Collected => ({ ...eventBuffer(), records: [], audits: [], refusal: undefined });

/** One attempt of a command, as far as a handler's context needs it. */
export interface Attempt {
  readonly parts: ExecutorParts;
  readonly actor: Actor;
  readonly session: DatabaseSession;
  readonly transaction: Transaction;
  readonly collected: Collected;
}

interface Step {
  readonly handler: CommandHandler;
  readonly input: unknown;
  readonly prepared: unknown;
  /** What the handler notes goes in here. */
  readonly audit: PendingAudit;
  readonly depth: number;
}

/** Runs a command's handler, top or nested, with everything it may use as arguments; its audit row is collected when it ends well. */
export async function runStep(attempt: Attempt, step: Step): Promise<unknown> {
  const { declaration } = step.handler;
  const view = await step.handler.handle(contextOf(attempt, step), step.input);
  // Plain SQL that follows must see what the entities became.
  await attempt.transaction.em.flush();
  attempt.collected.audits.push(step.audit);
  return parseOutput(declaration, view);
}

function contextOf(attempt: Attempt, step: Step): CommandContext {
  const { collected, transaction } = attempt;
  return {
    em: transaction.em,
    sql: transaction.sql,
    actor: attempt.actor,
    clock: attempt.parts.clock,
    prepared: step.prepared,
    emit: collected.emit,
    record: (write) => collected.records.push(write),
    call: nestedCall(attempt, step),
    refuse: (code, details) => {
      collected.refusal = new Refusal(code, details);
      throw collected.refusal;
    },
    note: (note) => {
      step.audit.note = { ...step.audit.note, ...note };
    },
  };
}

/** Another operation inside this one: authorised as it declares, in the same transaction, with its own audit row and events. */
function nestedCall(attempt: Attempt, outer: Step): CallOther {
  const call = async (other: CommandHandler | QueryHandler, rawInput: unknown): Promise<unknown> => {
    const { declaration } = other;
    const { actor, transaction } = attempt;
    const depth = outer.depth + 1;
    invariant(depth <= NESTED_MAX, `operations call each other at most ${NESTED_MAX} deep`);
    const session = await authorise(declaration, actor, {
      ...attempt.parts,
      transactions: { read: async (_session, work) => work(transaction.sql) },
    });
    invariant(
      session.role === attempt.session.role,
      `${declaration.name} needs another database role than ${outer.handler.declaration.name}`,
    );
    const input: unknown = parseInput(declaration, rawInput);
    invariant(
      !declaration.pii || attempt.session.keys !== undefined,
      `${declaration.name} declares pii, so ${outer.handler.declaration.name} must too`,
    );
    await transaction.em.flush();
    if (isQuery(other)) {
      const view = await other.handle({ sql: transaction.sql, actor, clock: attempt.parts.clock }, input);
      if (declaration.pii) attempt.collected.audits.push(pendingAudit(declaration, input));
      return parseOutput(declaration, view);
    }
    invariant(other.prepare === undefined, `${declaration.name} prepares over the network and cannot be called inside a transaction`);
    invariant(other.lock === undefined, `${declaration.name} locks before it begins and cannot be called inside a transaction`);
    return runStep(attempt, { handler: other, input, prepared: undefined, audit: pendingAudit(declaration, input), depth });
  };
  // One seam: the public type ties input and output to the handler, which the branch over kinds above cannot express.
  return call as CallOther;
}

function isQuery(handler: CommandHandler | QueryHandler): handler is QueryHandler {
  return handler.declaration.kind === 'query';
}
