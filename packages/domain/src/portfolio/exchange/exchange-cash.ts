import { cash, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString, type LocalDate } from '@trii/kernel';
import { handler, type CommandContext } from '../../platform/index.ts';
import { requireRoom } from '../amount-rules.ts';
import { availableCash, requireCash } from '../available-cash.ts';
import { entryDate } from '../entry-date.ts';
import { exchangePostings } from '../ledger-transaction.ts';
import { lockPortfolio, type LockedPortfolio } from '../lock-portfolio.ts';
import { postLedger } from '../post-ledger.ts';
import { quoteExchange, quoteView, type QuotedExchange } from './quote-exchange.ts';

type Context = CommandContext<typeof cash.exchange>;
type View = OutputOf<typeof cash.exchange>;

/** Cash of one currency becomes cash of another at the newest rate, if that still brings what the caller agreed to. */
export const exchangeHandler = handler(cash.exchange, async (ctx, input): Promise<View> => {
  const portfolio = await lockPortfolio(ctx, input.portfolioId, ['ACTIVE', 'SUSPENDED']);
  const quoted = await quoteExchange(ctx, input);
  const date = entryDate(ctx, undefined, { ...portfolio, valuationDate: quoted.today });
  const { gives, receives, to } = quoted;
  if (receives.amount.lessThan(decimal(input.atLeast))) {
    return ctx.refuse('EXCHANGE_BELOW_LIMIT', { atLeast: input.atLeast, ...receives.toJSON(), asOf: quoted.rate.asOf });
  }
  const left = await requireCash(ctx, { portfolio, currency: gives.currency, amount: gives.amount });
  const there = (await availableCash(ctx.sql, portfolio, to)).plus(receives.amount);
  requireRoom(ctx, 'amount', { 'the cash balance': there, 'the market amount': quoted.market.amount });
  const transactionId = await postExchange(ctx, portfolio, { quoted, date, memo: input.memo });
  const view = {
    transactionId,
    ...quoteView(portfolio.id, quoted),
    date,
    fromCashBalance: toDecimalString(left),
    toCashBalance: toDecimalString(there),
  };
  ctx.note({ newValues: view });
  return view;
});

interface Settled {
  readonly quoted: QuotedExchange;
  readonly date: LocalDate;
  readonly memo: string | undefined;
}

async function postExchange(ctx: Context, { id, userId }: LockedPortfolio, { quoted, date, memo }: Settled): Promise<string> {
  const transactionId = await postLedger(ctx, {
    portfolioId: id,
    userId,
    kind: 'EXCHANGE',
    effectiveDate: date,
    postings: exchangePostings(quoted),
    memo,
  });
  const { from, to, amount, receives, rate, spreadBps, spread, remainder } = quoteView(id, quoted);
  await ctx.sql`
    INSERT INTO exchanges (transaction_id, user_id, portfolio_id, from_currency, from_amount, to_currency, to_amount, rate, rate_as_of, rate_path, rate_legs,
      spread_bps, spread_amount, remainder, effective_date)
    VALUES (${transactionId}, ${userId}, ${id}, ${from}, ${amount}, ${to}, ${receives}, ${rate.rate}, ${rate.asOf}, ${rate.path}, ${JSON.stringify(rate.legs)}::jsonb,
      ${spreadBps}, ${spread}, ${remainder}, ${date}::date)`;
  return transactionId;
}
