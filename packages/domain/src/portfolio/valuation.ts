import type { portfolio } from '@trii/contract';
import { roundDecimal, sumDecimals, toDecimalString, type Decimal, type RoundingRule } from '@trii/kernel';
import type { z } from 'zod';

type PositionView = z.output<typeof portfolio.PositionView>;

/** As the money columns numeric(20,8) hold a value. */
const VALUE_RULE: RoundingRule = { scale: 8, rounding: 'half-even' };
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
  /** The newest close on or before the valuation date; null where there never was one. */
  readonly price: Decimal | null;
  readonly priceDate: string | null;
}

export interface Valuation {
  readonly positions: PositionView[];
  readonly investedAmount: Decimal;
  /** Null when some position has no price: a sum without it would be a wrong figure, not a smaller one. */
  readonly unrealizedPnl: Decimal | null;
  readonly totalValue: Decimal | null;
}

/** Values what is held, in the base currency: value = quantity x close, unrealised gain = value - cost, share = value / total. */
export function valuePositions(cash: Decimal, held: readonly HeldPosition[]): Valuation {
  const valued = held.map((position) => ({
    position,
    value: position.price === null ? null : roundDecimal(position.quantity.times(position.price), VALUE_RULE),
  }));
  const values = valued.flatMap(({ value }) => value ?? []);
  const investedAmount = sumDecimals(held.map(({ costBasis }) => costBasis));
  const holdings = values.length === held.length ? sumDecimals(values) : null;
  const totalValue = holdings?.plus(cash) ?? null;
  return {
    positions: valued.map(({ position, value }) => positionView(position, value, totalValue)),
    investedAmount,
    unrealizedPnl: holdings?.minus(investedAmount) ?? null,
    totalValue,
  };
}

function positionView(position: HeldPosition, value: Decimal | null, total: Decimal | null): PositionView {
  const { instrumentId, symbol, name, quantity, avgCost, costBasis, price, priceDate } = position;
  return {
    instrumentId,
    symbol,
    name,
    quantity: toDecimalString(quantity),
    avgCost: toDecimalString(avgCost),
    costBasis: toDecimalString(costBasis),
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
