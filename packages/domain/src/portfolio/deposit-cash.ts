import { cash } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { requireRoom } from './amount-rules.ts';
import { recordMovement, startMovement } from './cash-movement.ts';
import { depositPostings } from './ledger-transaction.ts';

/** Records money that came in from outside: cash up, external down. */
export const depositHandler = handler(cash.deposit, async (ctx, input) => {
  const movement = await startMovement(ctx, input);
  const cashBalance = movement.portfolio.cashBalance.plus(movement.amount.amount);
  requireRoom(ctx, 'amount', { 'the cash balance': cashBalance });
  return recordMovement(ctx, movement, { kind: 'DEPOSIT', postings: depositPostings(movement.amount), cashBalance });
});
