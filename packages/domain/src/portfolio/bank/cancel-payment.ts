import { cash as contract } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { cancelPayment, type LockedPayment } from './book-payment.ts';
import { paymentView } from './read-payments.ts';

/** Whoever lets a payment go takes the same lock: what is still pending under it was never at the bank. */
export const cancelPaymentHandler = handler(contract.cancelPayment, async (ctx, { portfolioId, paymentId }) => {
  const portfolio = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const [payment] = await ctx.sql<{ status: LockedPayment['status']; hold_id: string | null }>`
    SELECT status, hold_id FROM payments WHERE id = ${paymentId} AND portfolio_id = ${portfolioId}`;
  if (payment === undefined) return ctx.refuse('NOT_FOUND', { paymentId });
  if (payment.status !== 'PENDING') return ctx.refuse('PAYMENT_ALREADY_SENT', { paymentId, status: payment.status });
  await cancelPayment(ctx, portfolio, { id: paymentId, portfolioId, userId: portfolio.userId, holdId: payment.hold_id });
  return paymentView(ctx.sql, portfolioId, paymentId);
});
