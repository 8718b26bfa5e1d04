import { cash as contract, type OutputOf } from '@trii/contract';
import { decimal, invariant, toDecimalString } from '@trii/kernel';
import { handler, type Sql } from '../../platform/index.ts';

type View = OutputOf<typeof contract.resolveBankMessage>;

interface Row {
  readonly id: string;
  readonly bank_reference: string;
  readonly kind: View['kind'];
  readonly reference: string | null;
  readonly amount: string;
  readonly currency_code: string;
  readonly status: View['status'];
  readonly problem: string | null;
  readonly payment_id: string | null;
  readonly received_at: string;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** What waits for an operator, or for what it speaks of. */
export const openBankMessagesHandler = handler(contract.openBankMessages, async ({ sql }, { cursor, limit }) => {
  const rows = await sql<Row>`
    SELECT id, bank_reference, kind, reference, amount, currency_code, status, problem, payment_id,
      to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS received_at
    FROM bank_messages WHERE status IN ('WAITING', 'UNMATCHED') AND id > ${cursor ?? FIRST_ID}::uuid ORDER BY id LIMIT ${limit + 1}`;
  const items = rows.slice(0, limit).map(viewOf);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
});

/** An operator moves no money: the message is judged again by the workers, as one of the payment that was named. */
export const resolveBankMessageHandler = handler(contract.resolveBankMessage, async (ctx, { messageId, action, paymentId }) => {
  const before = await lockMessage(ctx.sql, messageId);
  if (before === undefined) return ctx.refuse('NOT_FOUND', { messageId });
  if (before.status !== 'UNMATCHED' && before.status !== 'WAITING')
    return ctx.refuse('MESSAGE_NOT_OPEN', { messageId, status: before.status });
  const assigned = action === 'retry' ? (paymentId ?? null) : null;
  if (assigned !== null && (await ctx.sql`SELECT FROM payments WHERE id = ${assigned}`).length === 0)
    return ctx.refuse('NOT_FOUND', { paymentId });
  const status = action === 'retry' ? 'RECEIVED' : 'DISMISSED';
  await ctx.sql`
    UPDATE bank_messages SET status = ${status}, payment_id = COALESCE(${assigned}::uuid, payment_id),
      is_assigned = is_assigned OR ${assigned !== null}::boolean, problem = CASE WHEN ${action === 'dismiss'}::boolean THEN problem END
    WHERE id = ${messageId}`;
  if (action === 'retry') ctx.emit(contract.BankMessageReceived, { aggregateId: messageId, payload: { messageId } });
  ctx.note({ oldValues: { status: before.status, problem: before.problem }, newValues: { status, paymentId: assigned } });
  const after = await lockMessage(ctx.sql, messageId);
  invariant(after !== undefined, 'a locked message is there');
  return viewOf(after);
});

async function lockMessage(sql: Sql, messageId: string): Promise<Row | undefined> {
  const [row] = await sql<Row>`
    SELECT id, bank_reference, kind, reference, amount, currency_code, status, problem, payment_id,
      to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS received_at
    FROM bank_messages WHERE id = ${messageId} FOR NO KEY UPDATE`;
  return row;
}

const viewOf = (row: Row): View => ({
  id: row.id,
  bankReference: row.bank_reference,
  kind: row.kind,
  reference: row.reference,
  amount: toDecimalString(decimal(row.amount)),
  currency: row.currency_code,
  status: row.status,
  problem: row.problem,
  paymentId: row.payment_id,
  receivedAt: row.received_at,
});
