import { cash } from '@trii/contract';
import { toDecimalString } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { payableAmount, requireRoom } from './amount-rules.ts';
import { depositPostings, withdrawalPostings } from './ledger-transaction.ts';
import { postTransfer } from './post-ledger.ts';
import { startTransfer } from './start-transfer.ts';

/** Money goes out of one portfolio and comes into the other by one ledger transaction: neither can happen without the other. */
export const transferHandler = handler(cash.transfer, async (ctx, input) => {
  const { from, to, date } = await startTransfer(ctx, input);
  const { baseCurrency } = from;
  if (input.currency !== baseCurrency) return ctx.refuse('CURRENCY_MISMATCH', { currency: input.currency, baseCurrency });
  const amount = payableAmount(ctx, { field: 'amount', amount: input.amount, currency: baseCurrency });
  const left = from.cashBalance.minus(amount.amount);
  if (left.isNegative()) {
    return ctx.refuse('INSUFFICIENT_CASH', { ...amount.toJSON(), available: toDecimalString(from.cashBalance) });
  }
  const there = to.cashBalance.plus(amount.amount);
  requireRoom(ctx, 'amount', { 'the cash balance': there });
  const transactionId = await postTransfer(ctx, {
    userId: from.userId,
    effectiveDate: date,
    memo: input.memo,
    legs: [
      { portfolioId: from.id, postings: withdrawalPostings(amount) },
      { portfolioId: to.id, postings: depositPostings(amount) },
    ],
  });
  const view = {
    transactionId,
    fromPortfolioId: from.id,
    toPortfolioId: to.id,
    ...amount.toJSON(),
    date,
    fromCashBalance: toDecimalString(left),
    toCashBalance: toDecimalString(there),
  };
  ctx.note({ newValues: view });
  return view;
});
