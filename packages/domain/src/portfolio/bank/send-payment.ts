import { cash as contract, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { handler, type BankAnswer, type CommandContext } from '../../platform/index.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { lockPayment, rejectPayment } from './book-payment.ts';

type View = OutputOf<typeof contract.sendPayment>;

/**
 * Under the portfolio's lock, and committed before anybody speaks with the bank: a payment is either cancelled or sent, never both. Asked again it
 * tells the next job again, which does nothing twice.
 */
export const clearPaymentHandler = handler(contract.clearPayment, async (ctx, { paymentId }): Promise<View> => {
  const { status, portfolioId, userId } = await lockPayment(ctx, paymentId);
  if (status !== 'PENDING' && status !== 'SENDING') return { paymentId, status };
  if (status === 'PENDING') await ctx.sql`UPDATE payments SET status = 'SENDING', updated_at = now() WHERE id = ${paymentId}`;
  ctx.emit(contract.PaymentCleared, { aggregateId: portfolioId, userId, payload: { portfolioId, paymentId } });
  ctx.note({ newValues: { status: 'SENDING' } });
  return { paymentId, status: 'SENDING' };
});

interface Instruction {
  readonly direction: 'DEPOSIT' | 'WITHDRAWAL';
  readonly status: string;
  readonly amount: string;
  readonly currency_code: string;
  readonly reference: string;
  readonly bank_token: string | null;
}

/**
 * The bank first, outside any transaction, then what it answered. Killed in between, the same payment is sent again under the same key, which the
 * bank takes once; the hold stands all the while.
 */
export const sendPaymentHandler = handler(contract.sendPayment, {
  async prepare({ ports, read }, { paymentId }): Promise<BankAnswer | undefined> {
    const [payment] = await read(
      (sql) => sql<Instruction>`
        SELECT p.direction, p.status, p.amount, p.currency_code, p.reference, a.bank_token
        FROM payments p LEFT JOIN bank_accounts a ON a.id = p.bank_account_id WHERE p.id = ${paymentId}`,
    );
    if (payment?.status !== 'SENDING') return undefined;
    const { direction, reference, bank_token: accountToken } = payment;
    const [amount, currency] = [toDecimalString(decimal(payment.amount)), payment.currency_code];
    return ports.bank.instruct({ key: paymentId, direction, reference, amount, currency, accountToken });
  },
  async handle(ctx: CommandContext<typeof contract.sendPayment, BankAnswer | undefined>, { paymentId }): Promise<View> {
    const payment = await lockPayment(ctx, paymentId);
    const portfolio = await lockPortfolio(ctx, payment.portfolioId, ['ACTIVE', 'SUSPENDED', 'CLOSED']);
    const { prepared: answer } = ctx;
    // The bank was quick: what it says of a payment may be here before its answer to us.
    if (payment.status !== 'SENDING' || answer === undefined) return { paymentId, status: payment.status };
    if (!answer.accepted) {
      await rejectPayment(ctx, portfolio, { payment, reason: answer.reason });
      return { paymentId, status: 'REJECTED' };
    }
    await ctx.sql`UPDATE payments SET status = 'SENT', updated_at = now() WHERE id = ${paymentId}`;
    ctx.note({ newValues: { status: 'SENT' } });
    return { paymentId, status: 'SENT' };
  },
});
