import { Money, ZERO, type CurrencyCode, type Decimal } from '@trii/kernel';
import { buy, sell, type CostedPosition } from '@trii/quant';
import { booked, purchasePostings, salePostings, type Deal, type Posting } from '../portfolio/index.ts';

/**
 * What a trade costs or brings before its fee: quantity times price, rounded once, half-even, to the currency's smallest unit, since that is what cash
 * is paid in. Ledger, cost and the trade's total_amount all use this figure, so no rounding is left between them.
 */
export function grossAmount(quantity: Decimal, price: Decimal, currency: CurrencyCode): Money {
  return Money.of(price.times(quantity), currency).round({ rounding: 'half-even' });
}

/** A trade's effect on the portfolio that it is settled in: cash in the deal's currency, costs and gains in the base currency at the deal's rate. */
export interface Settlement {
  readonly postings: Posting[];
  /** What is held afterwards and what it cost. */
  readonly position: CostedPosition;
  readonly cashChange: Decimal;
  readonly costChange: Decimal;
  readonly realizedPnl: Decimal;
}

/** Gross and fee leave the cash and become the cost of what was bought. */
export function settlePurchase(position: CostedPosition, deal: Deal): Settlement {
  const { quantity, gross, fee } = deal;
  const inBase = booked(deal);
  const bought = buy(position, { quantity, amount: inBase.gross, fees: inBase.fee });
  return {
    postings: purchasePostings(deal),
    position: bought.position,
    cashChange: gross.add(fee).amount.negated(),
    costChange: bought.costAdded,
    realizedPnl: ZERO,
  };
}

/**
 * Gross less fee comes into the cash; average cost leaves with the quantity, the whole rest of it with the last unit.
 * @throws CodedError OVERSOLD when more is sold than held
 */
export function settleSale(position: CostedPosition, deal: Deal): Settlement {
  const { quantity, gross, fee } = deal;
  const inBase = booked(deal);
  const sold = sell(position, { quantity, amount: inBase.gross, fees: inBase.fee });
  return {
    postings: salePostings({ ...deal, costRemoved: sold.costRemoved }),
    position: sold.position,
    cashChange: gross.subtract(fee).amount,
    costChange: sold.costRemoved.negated(),
    realizedPnl: sold.realizedPnl,
  };
}
