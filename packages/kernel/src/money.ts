import { minorUnitOf } from './currency.ts';
import type { CurrencyCode } from './currency.ts';
import { decimal, roundDecimal, sumDecimals, toDecimalString, toFixedString, ZERO } from './decimal.ts';
import type { Decimal, DecimalInput, RoundingMode } from './decimal.ts';
import { CodedError, invariant } from './errors.ts';

/**
 * An exact amount in one currency; immutable. The amount may be finer than the minor unit (an accrued fee, a cost per share);
 * nothing rounds unless {@link Money.round} or {@link Money.toFixedString} is asked to, with the rounding named.
 */
export class Money {
  readonly amount: Decimal;
  readonly currency: CurrencyCode;

  private constructor(amount: Decimal, currency: CurrencyCode) {
    this.amount = amount;
    this.currency = currency;
  }

  /** @throws CodedError INVALID_DECIMAL, UNKNOWN_CURRENCY */
  static of(amount: DecimalInput, currency: CurrencyCode): Money {
    minorUnitOf(currency);
    return new Money(decimal(amount), currency);
  }

  static zero(currency: CurrencyCode): Money {
    return Money.of(ZERO, currency);
  }

  /** The sum of amounts that must all be in `currency`; zero for none. */
  static sum(amounts: Iterable<Money>, currency: CurrencyCode): Money {
    let total = Money.zero(currency);
    for (const amount of amounts) total = total.add(amount);
    return total;
  }

  /** @throws CodedError CURRENCY_MISMATCH */
  add(other: Money): Money {
    this.assertSameCurrency(other);
    return new Money(this.amount.plus(other.amount), this.currency);
  }

  /** @throws CodedError CURRENCY_MISMATCH */
  subtract(other: Money): Money {
    this.assertSameCurrency(other);
    return new Money(this.amount.minus(other.amount), this.currency);
  }

  /** Exact up to 50 significant digits. */
  multiply(factor: DecimalInput): Money {
    return new Money(this.amount.times(decimal(factor)), this.currency);
  }

  negate(): Money {
    return this.multiply(-1);
  }

  /** Negative, zero or positive as this is less than, equal to or more than the other. @throws CodedError CURRENCY_MISMATCH */
  compare(other: Money): number {
    this.assertSameCurrency(other);
    return this.amount.comparedTo(other.amount);
  }

  equals(other: Money): boolean {
    return this.currency === other.currency && this.amount.equals(other.amount);
  }

  isZero(): boolean {
    return this.amount.isZero();
  }

  isPositive(): boolean {
    return this.amount.greaterThan(0);
  }

  isNegative(): boolean {
    return this.amount.lessThan(0);
  }

  /** To the currency's minor unit, or to another scale. */
  round(rule: { readonly rounding: RoundingMode; readonly scale?: number }): Money {
    const { rounding, scale = minorUnitOf(this.currency) } = rule;
    return new Money(roundDecimal(this.amount, { scale, rounding }), this.currency);
  }

  /**
   * Splits the amount in proportion to non-negative weights so that the parts add up to it exactly: each part is cut toward zero
   * to the minor unit, and what is left goes unit by unit to the largest cut-off fractions, the earlier part first at a tie
   * (largest remainder, Hamilton's method).
   * @throws CodedError UNROUNDED_AMOUNT when the amount is finer than the minor unit: round it first.
   */
  allocate(weights: readonly DecimalInput[]): Money[] {
    const scale = minorUnitOf(this.currency);
    if (this.amount.decimalPlaces() > scale) {
      throw new CodedError('UNROUNDED_AMOUNT', `round the amount to ${scale} digits before allocating it`, {
        details: { ...this.toJSON() },
      });
    }
    const shares = weights.map(decimal);
    const total = sumDecimals(shares);
    invariant(total.greaterThan(0) && shares.every((share) => !share.isNegative()), 'weights must not be negative, nor all zero');
    const exact = shares.map((share) => this.amount.times(share).div(total));
    const parts = exact.map((part) => roundDecimal(part, { scale, rounding: 'down' }));
    const unit = decimal(10)
      .pow(-scale)
      .times(this.amount.isNegative() ? -1 : 1);
    const unitsLeft = this.amount.minus(sumDecimals(parts)).div(unit).toNumber();
    const cutOff = exact.map((part, index) => ({ index, rest: part.minus(parts[index] ?? ZERO).abs() }));
    // The sort is stable: of equal fractions the earlier comes first.
    const lucky = new Set(
      cutOff
        .toSorted((a, b) => b.rest.comparedTo(a.rest))
        .slice(0, unitsLeft)
        .map(({ index }) => index),
    );
    return parts.map((part, index) => new Money(lucky.has(index) ? part.plus(unit) : part, this.currency));
  }

  /** With exactly the minor unit's digits: '1234.50'. */
  toFixedString(rule: { readonly rounding: RoundingMode }): string {
    return toFixedString(this.amount, { scale: minorUnitOf(this.currency), rounding: rule.rounding });
  }

  toString(): string {
    return `${toDecimalString(this.amount)} ${this.currency}`;
  }

  /** The canonical amount, exact, as on the wire. */
  toJSON(): { amount: string; currency: CurrencyCode } {
    return { amount: toDecimalString(this.amount), currency: this.currency };
  }

  private assertSameCurrency(other: Money): void {
    if (other.currency === this.currency) return;
    throw new CodedError('CURRENCY_MISMATCH', 'convert with an exchange rate first: amounts of two currencies do not combine', {
      details: { left: this.currency, right: other.currency },
    });
  }
}
