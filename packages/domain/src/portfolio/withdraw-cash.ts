import { cash } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { requireCash } from './available-cash.ts';
import { recordMovement, startMovement } from './cash-movement.ts';
import { withdrawalPostings } from './ledger-transaction.ts';

/** Records money that went out: at most what is available, so that reserved cash stays. */
export const withdrawHandler = handler(cash.withdraw, async (ctx, input) => {
  const movement = await startMovement(ctx, input);
  const { portfolio, amount } = movement;
  const cashBalance = await requireCash(ctx, { portfolio, currency: amount.currency, amount: amount.amount });
  return recordMovement(ctx, movement, { kind: 'WITHDRAWAL', postings: withdrawalPostings(amount), cashBalance });
});
