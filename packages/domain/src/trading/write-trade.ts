import { newId, toDecimalString, type Decimal, type Money } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';

export interface ExecutedTrade {
  readonly tradeType: 'BUY' | 'SELL';
  readonly userId: string;
  readonly portfolioId: string;
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly gross: Money;
  readonly fee: Money;
  readonly executedAt: Date;
  /** Of the instrument's currency in the portfolio's; null where both are one. */
  readonly rate: { readonly rate: Decimal; readonly asOf: string | null } | null;
}

/**
 * A trade that was executed elsewhere, with the one fill it is known by. Nobody told how it was ordered: it counts as a market order placed when it
 * was executed, and where it was executed stays unknown.
 * @returns the trade's id
 */
export async function writeRecordedTrade(sql: Sql, trade: ExecutedTrade): Promise<string> {
  const tradeId = newId();
  const quantity = toDecimalString(trade.quantity);
  const price = toDecimalString(trade.price);
  const fees = toDecimalString(trade.fee.amount);
  const { rate } = trade;
  const executedAt = trade.executedAt.toISOString();
  await sql`WITH trade AS (
      INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, trade_type, order_type, quantity, price, total_amount, fees,
        status, order_state, filled_quantity, order_placed_at, executed_at, base_rate, base_rate_as_of)
      VALUES (${tradeId}, ${trade.userId}, ${trade.portfolioId}, ${trade.instrumentId}, ${`rec-${tradeId}`}, ${trade.tradeType}, 'MARKET', ${quantity}, ${price},
        ${toDecimalString(trade.gross.amount)}, ${fees}, 'EXECUTED', 'FILLED', ${quantity}, ${executedAt}, ${executedAt}, ${rate === null ? null : toDecimalString(rate.rate)}::numeric, ${rate?.asOf ?? null}::timestamptz)
      RETURNING id, user_id, portfolio_id)
    INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, fees, filled_at)
    SELECT ${newId()}::uuid, user_id, portfolio_id, id, ${quantity}::numeric, ${price}::numeric, ${fees}::numeric, ${executedAt}::timestamptz FROM trade`;
  return tradeId;
}
