import { cash } from '@trii/contract';
import { isCurrencyCode, toDecimalString } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { payableAmount, refuseField, requireRoom } from './amount-rules.ts';
import { availableCash, requireCash } from './available-cash.ts';
import { depositPostings, withdrawalPostings } from './ledger-transaction.ts';
import { postTransfer } from './post-ledger.ts';
import { startTransfer } from './start-transfer.ts';

/** Money goes out of one portfolio and comes into the other by one ledger transaction: neither can happen without the other. */
export const transferHandler = handler(cash.transfer, async (ctx, input) => {
  const { from, to, date } = await startTransfer(ctx, input);
  const { currency } = input;
  if (!isCurrencyCode(currency)) return refuseField(ctx, 'currency', 'an active currency of ISO 4217 such as "USD"');
  const amount = payableAmount(ctx, { field: 'amount', amount: input.amount, currency });
  const left = await requireCash(ctx, { portfolio: from, currency, amount: amount.amount });
  const there = (await availableCash(ctx.sql, to, currency)).plus(amount.amount);
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
