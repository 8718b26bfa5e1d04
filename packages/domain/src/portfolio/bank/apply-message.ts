import { cash as contract } from '@trii/contract';
import { decimal, type Decimal } from '@trii/kernel';
import { handler, type CommandContext } from '../../platform/index.ts';
import { isWithinRoom } from '../amount-rules.ts';
import { availableCash } from '../available-cash.ts';
import { lockPortfolio, type LockedPortfolio } from '../lock-portfolio.ts';
import { judge, type BankMessageKind, type Verdict } from './bank-message.ts';
import { lockPayment, rejectPayment, returnPayment, settlePayment, type LockedPayment } from './book-payment.ts';

type Context = CommandContext<typeof contract.applyBankMessage>;
type Status = 'RECEIVED' | 'WAITING' | 'APPLIED' | 'UNMATCHED' | 'DISMISSED';

interface Message {
  readonly id: string;
  readonly kind: BankMessageKind;
  readonly amount: Decimal;
  readonly currency: string;
  readonly reason: string;
  readonly isAssigned: boolean;
}

interface Row {
  readonly status: Status;
  readonly problem: string | null;
  readonly kind: BankMessageKind;
  readonly amount: string;
  readonly currency_code: string;
  readonly reason: string | null;
  readonly payment_id: string | null;
  readonly is_assigned: boolean;
}

/**
 * Books a message once: whoever comes second finds it applied. What cannot be booked is kept with its reason, and nothing is written for it but that.
 */
export const applyBankMessageHandler = handler(contract.applyBankMessage, async (ctx, { messageId }) => {
  const row = await lockMessage(ctx, messageId);
  if (row === undefined) return ctx.refuse('NOT_FOUND', { messageId });
  if (row.status !== 'RECEIVED') return { messageId, status: row.status, problem: row.problem };
  if (row.payment_id === null) return end(ctx, { messageId, status: 'UNMATCHED', problem: 'UNKNOWN_REFERENCE' });
  const payment = await lockPayment(ctx, row.payment_id);
  const portfolio = await lockPortfolio(ctx, payment.portfolioId, ['ACTIVE', 'SUSPENDED', 'CLOSED']);
  const message: Message = {
    id: messageId,
    kind: row.kind,
    amount: decimal(row.amount),
    currency: row.currency_code,
    reason: row.reason ?? 'no reason given',
    isAssigned: row.is_assigned,
  };
  const verdict = await withCover(ctx, { portfolio, payment, message }, judge(payment, message));
  if (verdict.act === 'keep') return end(ctx, { messageId, status: 'UNMATCHED', problem: verdict.problem });
  if (verdict.act === 'wait') return end(ctx, { messageId, status: 'WAITING', problem: 'NOT_SETTLED_YET' });
  const { amount, reason } = message;
  if (verdict.act === 'settle') await settlePayment(ctx, portfolio, { payment, amount });
  if (verdict.act === 'reject') await rejectPayment(ctx, portfolio, { payment, reason });
  if (verdict.act === 'return') await returnPayment(ctx, portfolio, { payment, amount, reason });
  await wakeWaiting(ctx, payment.id);
  return end(ctx, { messageId, status: 'APPLIED', problem: null });
});

/** Locked, with the payment that its reference names where nobody said another. */
async function lockMessage({ sql }: Context, messageId: string): Promise<Row | undefined> {
  const [row] = await sql<Row>`
    SELECT m.status, m.problem, m.kind, m.amount, m.currency_code, m.reason, m.is_assigned,
      COALESCE(m.payment_id, (SELECT p.id FROM payments p WHERE p.reference = m.reference)) AS payment_id
    FROM bank_messages m WHERE m.id = ${messageId} FOR NO KEY UPDATE OF m`;
  if (row?.payment_id) await sql`UPDATE bank_messages SET payment_id = ${row.payment_id} WHERE id = ${messageId}`;
  return row;
}

interface Case {
  readonly portfolio: LockedPortfolio;
  readonly payment: LockedPayment;
  readonly message: Message;
}

/** What the ledger would refuse is for an operator, not for a job that fails again and again. */
async function withCover(ctx: Context, { portfolio, payment, message }: Case, verdict: Verdict): Promise<Verdict> {
  if (verdict.act !== 'settle' && verdict.act !== 'return') return verdict;
  const keep = (problem: string): Verdict => ({ act: 'keep', problem });
  const comesIn = (payment.direction === 'DEPOSIT') === (verdict.act === 'settle');
  const available = await availableCash(ctx.sql, portfolio, payment.currency);
  if (comesIn) {
    if (portfolio.status === 'CLOSED') return keep('PORTFOLIO_CLOSED');
    return isWithinRoom(available.plus(message.amount)) ? verdict : keep('BALANCE_TOO_LARGE');
  }
  // A withdrawal leaves out of its hold; a deposit that goes back must still be there.
  if (verdict.act === 'settle') return verdict;
  return message.amount.lessThanOrEqualTo(available) ? verdict : keep('INSUFFICIENT_CASH');
}

/** What was said of this payment before its turn is looked at again. */
async function wakeWaiting(ctx: Context, paymentId: string): Promise<void> {
  const rows = await ctx.sql<{ id: string }>`
    UPDATE bank_messages SET status = 'RECEIVED', problem = NULL WHERE payment_id = ${paymentId} AND status = 'WAITING' RETURNING id`;
  for (const { id } of rows) ctx.emit(contract.BankMessageReceived, { aggregateId: id, payload: { messageId: id } });
}

interface End {
  readonly messageId: string;
  readonly status: Status;
  readonly problem: string | null;
}

async function end(ctx: Context, outcome: End): Promise<End> {
  const { messageId, status, problem } = outcome;
  await ctx.sql`
    UPDATE bank_messages SET status = ${status}, problem = ${problem},
      applied_at = CASE WHEN ${status === 'APPLIED'}::boolean THEN ${ctx.clock.now().toISOString()}::timestamptz END
    WHERE id = ${messageId}`;
  ctx.note({ newValues: { outcome: status, problem } });
  return outcome;
}
