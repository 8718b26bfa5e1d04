import { trading, type InputOf } from '@trii/contract';
import { decimal, invariant, parseLocalDate, toDecimalString, type Decimal, type LocalDate, type TradingCalendar } from '@trii/kernel';
import { averageCost } from '@trii/quant';
import { exchangeRateView } from '../market/index.ts';
import { handler, valuationDate, type CommandContext } from '../platform/index.ts';
import {
  availableCash,
  entryDate,
  lockPortfolio,
  noteLaterActions,
  payableAmount,
  postLedger,
  refuseField,
  requireRoom,
  scheduledFee,
  settleActions,
  type Deal,
  type LockedPortfolio,
} from '../portfolio/index.ts';
import { findDealtInstrument, type DealtInstrument } from './find-dealt-instrument.ts';
import { grossAmount, settlePurchase, settleSale, type Settlement } from './settle-trade.ts';
import { tradeRate } from './trade-rate.ts';
import { writeRecordedTrade } from './write-trade.ts';

type Context = CommandContext<typeof trading.recordTrade>;
type Input = InputOf<typeof trading.recordTrade>;

/**
 * Records a purchase or sale that already happened, at the close of its session: trade, fill and ledger transaction. Everything is checked under
 * the portfolio's lock, so that the database's own checks only ever catch our mistakes.
 */
export const recordTradeHandler = handler(trading.recordTrade, async (ctx, input) => {
  const { portfolio, instrument, date, today } = await startTrade(ctx, input);
  requireSession(ctx, instrument.calendar, date);
  const { userId } = portfolio;
  const { portfolioId, symbol, tradeType } = input;
  const rate = await tradeRate(ctx, { portfolio, currency: instrument.currency, date });
  const deal = await dealOf(ctx, input, { instrumentId: instrument.id, currency: instrument.currency, baseRate: rate?.rate });
  const cash = await availableCash(ctx.sql, portfolio, instrument.currency);
  const settlement = settle(ctx, { tradeType, portfolio, instrument, deal, cash });

  const price = decimal(input.price);
  const tradeId = await writeRecordedTrade(ctx.sql, {
    ...deal,
    tradeType,
    userId,
    portfolioId,
    price,
    rate,
    executedAt: instrument.calendar.sessionClose(date),
  });
  const { postings } = settlement;
  const transactionId = await postLedger(ctx, { portfolioId, userId, kind: tradeType, effectiveDate: date, tradeId, postings });
  await noteLaterActions(ctx, { portfolioId, userId, instrumentId: instrument.id, date, today });
  ctx.emit(trading.TradeRecorded, { aggregateId: portfolioId, userId, payload: { portfolioId, tradeId, transactionId } });

  const figures = {
    transactionId,
    portfolioId,
    symbol,
    currency: instrument.currency,
    baseRate: rate === null ? null : exchangeRateView(rate, false),
    tradeType,
    quantity: toDecimalString(deal.quantity),
    price: toDecimalString(price),
    totalAmount: toDecimalString(deal.gross.amount),
    fees: toDecimalString(deal.fee.amount),
    date,
    realizedPnl: toDecimalString(settlement.realizedPnl),
  };
  ctx.note({ entityId: tradeId, newValues: figures });
  return { tradeId, ...figures, ...(await readStanding(ctx, portfolioId, instrument)) };
});

interface TradeStart {
  readonly portfolio: LockedPortfolio;
  readonly instrument: DealtInstrument;
  readonly date: LocalDate;
  readonly today: LocalDate;
}

/** Locks, and lets what happened to the instrument up to the day happen to the portfolio first; what that changed is read again. */
async function startTrade(ctx: Context, { portfolioId, symbol, tradeType, date: requested }: Input): Promise<TradeStart> {
  const read = async () => {
    const portfolio = await lockPortfolio(ctx, portfolioId, tradeType === 'SELL' ? ['ACTIVE', 'SUSPENDED'] : ['ACTIVE']);
    return { portfolio, instrument: await findDealtInstrument(ctx, portfolio, { symbol, date: requested }) };
  };
  const found = await read();
  const today = await valuationDate(ctx.sql, ctx.clock);
  const date = entryDate(ctx, parseLocalDate(requested), { ...found.portfolio, valuationDate: today });
  const isChanged = await settleActions(ctx, { portfolioId, instrumentId: found.instrument.id, date });
  return { ...(isChanged ? await read() : found), date, today };
}

function requireSession(ctx: Context, calendar: TradingCalendar, date: LocalDate): void {
  const { code, firstDate, lastDate } = calendar;
  if (date < firstDate || date > lastDate) ctx.refuse('NOT_A_SESSION', { calendar: code, date, firstDate, lastDate });
  if (!calendar.isSession(date)) ctx.refuse('NOT_A_SESSION', { calendar: code, date });
}

async function dealOf(
  ctx: Context,
  input: Input,
  {
    instrumentId,
    currency,
    baseRate,
  }: { readonly instrumentId: string; readonly currency: string; readonly baseRate: Decimal | undefined },
): Promise<Deal> {
  const quantity = decimal(input.quantity);
  const gross = grossAmount(quantity, decimal(input.price), currency);
  // Bought for nothing a hundred times over, such crumbs would add up to something.
  if (gross.isZero()) return refuseField(ctx, 'quantity', `at this price worth less than the smallest unit of ${currency}`);
  const { fees } = input;
  const fee = fees === undefined ? await scheduledFee(ctx.sql, gross) : payableAmount(ctx, { field: 'fees', amount: fees, currency });
  return { instrumentId, quantity, gross, fee, baseRate };
}

interface Dealing {
  readonly tradeType: Input['tradeType'];
  readonly portfolio: LockedPortfolio;
  readonly instrument: DealtInstrument;
  readonly deal: Deal;
  /** What is available of the instrument's currency. */
  readonly cash: Decimal;
}

function settle(ctx: Context, { tradeType, portfolio, instrument, deal, cash: there }: Dealing): Settlement {
  const { position, available, currency } = instrument;
  if (tradeType === 'SELL' && deal.quantity.greaterThan(available)) {
    return ctx.refuse('INSUFFICIENT_QUANTITY', { quantity: toDecimalString(deal.quantity), available: toDecimalString(available) });
  }
  const settlement = tradeType === 'BUY' ? settlePurchase(position, deal) : settleSale(position, deal);
  const cash = there.plus(settlement.cashChange);
  if (cash.isNegative()) {
    const needed = { amount: toDecimalString(settlement.cashChange.negated()), currency, available: toDecimalString(there) };
    const advice = currency === portfolio.baseCurrency ? {} : { advice: `exchange cash into ${currency} first: cash.exchange` };
    return ctx.refuse('INSUFFICIENT_CASH', { ...needed, ...advice });
  }
  requireRoom(ctx, 'quantity', {
    'the trade': deal.gross.amount,
    'the cash balance': cash,
    'the invested amount': portfolio.investedAmount.plus(settlement.costChange),
    'the average cost': averageCost(settlement.position),
    'the realised gain': portfolio.realizedPnl.plus(settlement.realizedPnl),
  });
  return settlement;
}

/** As the ledger's trigger left it: what is told is what stands. */
async function readStanding(ctx: Context, portfolioId: string, { id, currency }: DealtInstrument) {
  const [row] = await ctx.sql<{ cash_balance: string; quantity: string; avg_cost: string }>`
    SELECT CASE WHEN p.base_currency = ${currency} THEN p.cash_balance
        ELSE COALESCE((SELECT balance FROM cash_balances c WHERE c.portfolio_id = p.id AND c.currency_code = ${currency}), 0) END AS cash_balance,
      q.quantity + q.reserved_quantity AS quantity, q.avg_cost
    FROM portfolios p JOIN positions q ON q.portfolio_id = p.id WHERE p.id = ${portfolioId} AND q.instrument_id = ${id}`;
  invariant(row !== undefined, 'whoever traded has a position, open or flat');
  const text = (amount: string): string => toDecimalString(decimal(amount));
  return { cashBalance: text(row.cash_balance), positionQuantity: text(row.quantity), avgCost: text(row.avg_cost) };
}
