import { cash } from '@trii/contract';
import { rateMoment, readRateBook } from '../market/index.ts';
import { handler, type CommandContext } from '../platform/index.ts';
import { requireRoom } from './amount-rules.ts';
import { availableCash } from './available-cash.ts';
import { recordMovement, startMovement, type CashMovement } from './cash-movement.ts';
import { depositPostings } from './ledger-transaction.ts';

/** Records money that came in from outside: cash up, external down. */
export const depositHandler = handler(cash.deposit, async (ctx, input) => {
  const movement = await startMovement(ctx, input);
  const { portfolio, amount } = movement;
  if (amount.currency !== portfolio.baseCurrency) await requireValued(ctx, movement);
  const cashBalance = (await availableCash(ctx.sql, portfolio, amount.currency)).plus(amount.amount);
  requireRoom(ctx, 'amount', { 'the cash balance': cashBalance });
  return recordMovement(ctx, movement, { kind: 'DEPOSIT', postings: depositPostings(amount), cashBalance });
});

/** Money that nobody has a rate for would leave the whole portfolio without a value. */
async function requireValued(ctx: CommandContext<typeof cash.deposit>, { portfolio, amount, date }: CashMovement): Promise<void> {
  const pair = { from: amount.currency, to: portfolio.baseCurrency };
  const book = await readRateBook(ctx.sql, { currencies: [pair.from], to: pair.to, at: rateMoment(date, ctx.clock) });
  if (book.find(pair) === undefined) ctx.refuse('FX_RATE_MISSING', { ...pair, at: book.at });
}
