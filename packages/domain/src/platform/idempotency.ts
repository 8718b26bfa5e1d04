import { createHash } from 'node:crypto';
import type { ErrorCode } from '@trii/contract';
import { isErrorCode } from '@trii/contract';
import { canonicalJson, invariant } from '@trii/kernel';
import { Failure, Refusal } from './failure.ts';
import type { Sql } from './transactions.ts';

/** How long a stored answer is given again. */
const KEPT_HOURS = 24;

export interface IdempotencyScope {
  readonly actor: string;
  readonly useCase: string;
  readonly key: string;
  readonly userId: string | null;
  /** Of the parsed input: the same key with another input is a mistake of the caller. */
  readonly inputHash: Buffer;
}

export type StoredAnswer =
  | { readonly outcome: 'view'; readonly view: unknown }
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly details: Record<string, unknown> };

export function inputHash(input: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(input)).digest();
}

/**
 * The answer already given to this key, if any. Takes an advisory lock first, in a statement of its own: the table is partitioned by
 * month and so cannot hold a unique key, and the look-up needs a snapshot taken after the lock, or a racing call would not see the winner.
 * @throws Failure IDEMPOTENCY_KEY_REUSED when the key came with another input
 */
export async function findAnswer(sql: Sql, scope: IdempotencyScope): Promise<StoredAnswer | undefined> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${scope.actor}|${scope.useCase}|${scope.key}`}, 0))`;
  const [row] = await sql<{ input_hash: Buffer; outcome: string; answer: unknown }>`
    SELECT input_hash, outcome, answer FROM idempotency
    WHERE actor = ${scope.actor} AND use_case = ${scope.useCase} AND key = ${scope.key} AND created_at > now() - make_interval(hours => ${KEPT_HOURS}) AND expires_at > now()
    ORDER BY created_at DESC LIMIT 1`;
  if (row === undefined) return undefined;
  if (!scope.inputHash.equals(row.input_hash)) throw new Failure('IDEMPOTENCY_KEY_REUSED');
  if (row.outcome === 'view') return { outcome: 'view', view: row.answer };
  return refusedAnswer(row.answer);
}

export async function storeAnswer(sql: Sql, scope: IdempotencyScope, answer: StoredAnswer): Promise<void> {
  const body = answer.outcome === 'view' ? answer.view : { code: answer.code, details: answer.details };
  await sql`INSERT INTO idempotency (actor, use_case, key, created_at, user_id, input_hash, outcome, answer, expires_at)
    VALUES (${scope.actor}, ${scope.useCase}, ${scope.key}, now(), ${scope.userId}, ${scope.inputHash}, ${answer.outcome}, ${JSON.stringify(body)}::jsonb, now() + make_interval(hours => ${KEPT_HOURS}))`;
}

/** Gives a stored answer the same way as the first time. */
export function giveAgain(answer: StoredAnswer): unknown {
  if (answer.outcome === 'view') return answer.view;
  throw new Refusal(answer.code, answer.details);
}

function refusedAnswer(body: unknown): StoredAnswer {
  invariant(
    typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && isErrorCode(body.code),
    'a stored refusal names a code of the table',
  );
  const details = 'details' in body && typeof body.details === 'object' && body.details !== null ? { ...body.details } : {};
  return { outcome: 'refused', code: body.code, details };
}
