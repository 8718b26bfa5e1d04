import { CodedError, decimal, roundDecimal, toDecimalString, ZERO } from '@trii/kernel';
import type { Decimal, DecimalInput, RoundingRule } from '@trii/kernel';

/** Costs are kept as numeric(28,8) stores them, ties to the even digit. */
export const COST_RULE: RoundingRule = { scale: 8, rounding: 'half-even' };

/** An open position by average cost: units held and what they cost together, in one currency. Flat is zero of both. */
export interface CostedPosition {
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

export const FLAT_POSITION: CostedPosition = { quantity: ZERO, cost: ZERO };

/** One purchase or sale. */
export interface CostedTrade {
  /** Units, above zero. */
  readonly quantity: DecimalInput;
  /** Quantity times price as it was paid or received, without fees; not negative. */
  readonly amount: DecimalInput;
  /** Not negative; 0 by default. */
  readonly fees?: DecimalInput;
}

/** Whether fees belong to the cost of a purchase and reduce the proceeds of a sale (the default), or stand beside (ghostfolio). */
export interface CostOptions {
  readonly feeInCost?: boolean;
}

export interface Purchase {
  readonly position: CostedPosition;
  readonly costAdded: Decimal;
}

export interface Sale {
  readonly position: CostedPosition;
  /** The part of the position's cost that left with the units, positive. */
  readonly costRemoved: Decimal;
  /** Proceeds less costRemoved; a loss is negative. */
  readonly realizedPnl: Decimal;
}

/** Cost per unit, exact to 50 digits; zero when flat. */
export function averageCost(position: CostedPosition): Decimal {
  return position.quantity.isZero() ? ZERO : position.cost.div(position.quantity);
}

/**
 * Adds units: cost grows by amount + fees, rounded by {@link COST_RULE}.
 * @throws CodedError OUT_OF_RANGE, INVALID_DECIMAL
 */
export function buy(position: CostedPosition, trade: CostedTrade, options: CostOptions = {}): Purchase {
  const { quantity, amount, fees } = checked(trade, options);
  const costAdded = roundDecimal(amount.plus(fees), COST_RULE);
  return { position: { quantity: position.quantity.plus(quantity), cost: position.cost.plus(costAdded) }, costAdded };
}

/**
 * Takes units out at average cost, which leaves the average of the rest unchanged: costRemoved = cost * quantity / held, rounded by
 * {@link COST_RULE}; selling everything removes the whole remaining cost, so no remainder stays. realizedPnl = amount - fees - costRemoved.
 * @throws CodedError OVERSOLD when more is sold than held; OUT_OF_RANGE, INVALID_DECIMAL
 */
export function sell(position: CostedPosition, trade: CostedTrade, options: CostOptions = {}): Sale {
  const { quantity, amount, fees } = checked(trade, options);
  if (quantity.greaterThan(position.quantity)) {
    throw new CodedError('OVERSOLD', 'a sale cannot exceed the units held', {
      details: { held: toDecimalString(position.quantity), sold: toDecimalString(quantity) },
    });
  }
  const rest = position.quantity.minus(quantity);
  const costRemoved = rest.isZero() ? position.cost : roundDecimal(position.cost.times(quantity).div(position.quantity), COST_RULE);
  return {
    position: { quantity: rest, cost: position.cost.minus(costRemoved) },
    costRemoved,
    realizedPnl: roundDecimal(amount.minus(fees), COST_RULE).minus(costRemoved),
  };
}

/** A split multiplies the units and leaves the cost: ratio 2 for two-for-one, '0.1' for a reverse split. @throws CodedError OUT_OF_RANGE */
export function split(position: CostedPosition, ratio: DecimalInput): CostedPosition {
  const factor = decimal(ratio);
  if (!factor.greaterThan(0)) throw outOfRange('ratio', factor);
  return { quantity: position.quantity.times(factor), cost: position.cost };
}

function checked(trade: CostedTrade, options: CostOptions): { quantity: Decimal; amount: Decimal; fees: Decimal } {
  const quantity = decimal(trade.quantity);
  const amount = decimal(trade.amount);
  const fees = decimal(trade.fees ?? ZERO);
  if (!quantity.greaterThan(0)) throw outOfRange('quantity', quantity);
  if (amount.isNegative() && !amount.isZero()) throw outOfRange('amount', amount);
  if (fees.isNegative() && !fees.isZero()) throw outOfRange('fees', fees);
  return { quantity, amount, fees: (options.feeInCost ?? true) ? fees : ZERO };
}

function outOfRange(name: string, value: Decimal): CodedError {
  const bound = name === 'quantity' || name === 'ratio' ? 'above zero' : 'not negative';
  return new CodedError('OUT_OF_RANGE', `${name} must be ${bound}`, { details: { name, value: toDecimalString(value) } });
}
