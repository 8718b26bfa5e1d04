import type { portfolio } from '@trii/contract';
import { roundDecimal, sumDecimals, toDecimalString, type CurrencyCode, type Decimal, type RoundingRule } from '@trii/kernel';
import type { z } from 'zod';

type PositionView = z.output<typeof portfolio.PositionView>;

/** As the money columns numeric(20,8) hold a value. */
export const VALUE_RULE: RoundingRule = { scale: 8, rounding: 'half-even' };
/** Percent as positions.allocation_percentage, numeric(7,4), holds them. */
const PERCENT_RULE: RoundingRule = { scale: 4, rounding: 'half-even' };

export interface HeldPosition {
  readonly instrumentId: string;
  readonly symbol: string;
  readonly name: string;
  /** All that is held, reserved for a sale or not. */
  readonly quantity: Decimal;
  readonly avgCost: Decimal;
  readonly costBasis: Decimal;
  /** Of the price. */
  readonly currency: CurrencyCode;
  /** The newest close on or before the valuation date; null where there never was one. */
  readonly price: Decimal | null;
  readonly priceDate: string | null;
  /** Units of the base currency for one of the price's; null where none is known. */
  readonly rate: Decimal | null;
}

export interface Valuation {
  readonly positions: PositionView[];
  readonly investedAmount: Decimal;
  /** Null when some position has no price, or some currency no rate: a sum without it would be a wrong figure, not a smaller one. */
  readonly unrealizedPnl: Decimal | null;
  readonly totalValue: Decimal | null;
}

/** Values what is held, in the base currency: value = quantity x close x rate, unrealised gain = value - cost, share = value / total. `beside` is all else that counts, cash and what is owed; null where some of it has no rate. */
export function valuePositions(beside: Decimal | null, held: readonly HeldPosition[]): Valuation {
  const valued = held.map((position) => ({
    position,
    value: valueOf(position),
  }));
  const values = valued.flatMap(({ value }) => value ?? []);
  const investedAmount = sumDecimals(held.map(({ costBasis }) => costBasis));
  const holdings = values.length === held.length ? sumDecimals(values) : null;
  const totalValue = beside === null ? null : (holdings?.plus(beside) ?? null);
  return {
    positions: valued.map(({ position, value }) => positionView(position, value, totalValue)),
    investedAmount,
    unrealizedPnl: holdings?.minus(investedAmount) ?? null,
    totalValue,
  };
}

function valueOf({ quantity, price, rate }: HeldPosition): Decimal | null {
  return price === null || rate === null ? null : roundDecimal(quantity.times(price).times(rate), VALUE_RULE);
}

function positionView(position: HeldPosition, value: Decimal | null, total: Decimal | null): PositionView {
  const { instrumentId, symbol, name, quantity, avgCost, costBasis, currency, price, priceDate } = position;
  return {
    instrumentId,
    symbol,
    name,
    quantity: toDecimalString(quantity),
    avgCost: toDecimalString(avgCost),
    costBasis: toDecimalString(costBasis),
    currencyCode: currency,
    currentPrice: price === null ? null : toDecimalString(price),
    priceDate,
    currentValue: value === null ? null : toDecimalString(value),
    unrealizedPnl: value === null ? null : toDecimalString(value.minus(costBasis)),
    allocationPercentage: value === null ? null : percentOf(value, total),
  };
}

function percentOf(value: Decimal, total: Decimal | null): number | null {
  if (total === null || total.isZero()) return null;
  return roundDecimal(value.times(100).div(total), PERCENT_RULE).toNumber();
}
