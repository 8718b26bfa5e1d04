import { decimal, toDecimalString, toFixedString, ZERO } from './decimal.ts';
import type { Decimal, DecimalInput } from './decimal.ts';
import { CodedError } from './errors.ts';
import type { Money } from './money.ts';

/** Digits after the point of a holding: one satoshi, as numeric(20,8) stores it. */
export const QUANTITY_SCALE = 8;

/** A number of units of an instrument with at most eight digits after the point; immutable, signed (a ledger line may be negative). */
export class Quantity {
  readonly value: Decimal;

  private constructor(value: Decimal) {
    this.value = value;
  }

  /** @throws CodedError INVALID_DECIMAL; QUANTITY_TOO_FINE beyond eight digits: it is refused, never rounded. */
  static of(value: DecimalInput): Quantity {
    const exact = decimal(value);
    if (exact.decimalPlaces() > QUANTITY_SCALE) {
      throw new CodedError('QUANTITY_TOO_FINE', `a quantity has at most ${QUANTITY_SCALE} digits after the point`, {
        details: { value: toDecimalString(exact) },
      });
    }
    return new Quantity(exact);
  }

  static zero(): Quantity {
    return new Quantity(ZERO);
  }

  add(other: Quantity): Quantity {
    return new Quantity(this.value.plus(other.value));
  }

  subtract(other: Quantity): Quantity {
    return new Quantity(this.value.minus(other.value));
  }

  negate(): Quantity {
    return new Quantity(this.value.negated());
  }

  /** The exact value of this many units at a price per unit; round it where it becomes cash. */
  times(price: Money): Money {
    return price.multiply(this.value);
  }

  compare(other: Quantity): number {
    return this.value.comparedTo(other.value);
  }

  equals(other: Quantity): boolean {
    return this.value.equals(other.value);
  }

  isZero(): boolean {
    return this.value.isZero();
  }

  isPositive(): boolean {
    return this.value.greaterThan(0);
  }

  isNegative(): boolean {
    return this.value.lessThan(0);
  }

  /** Eight digits after the point, as PostgreSQL prints numeric(20,8). */
  toFixedString(): string {
    return toFixedString(this.value, { scale: QUANTITY_SCALE, rounding: 'half-even' });
  }

  toString(): string {
    return toDecimalString(this.value);
  }

  toJSON(): string {
    return this.toString();
  }
}
