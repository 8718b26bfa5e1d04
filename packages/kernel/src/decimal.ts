import { Decimal as DecimalJs } from 'decimal.js';
import { CodedError, invariant } from './errors.ts';

/**
 * Our own copy of decimal.js, so that nobody else's `Decimal.set` reaches it. 50 significant digits hold any product of two
 * numeric(28,8) values exactly. Internal rounding (division beyond 50 digits) is half-even. Exponents are bounded, so that no
 * value has a plain notation of megabytes; toString never uses exponent form.
 */
const KernelDecimal = DecimalJs.clone({
  precision: 50,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -1000,
  toExpPos: 1000,
  minE: -1000,
  maxE: 1000,
});

/** An exact decimal number. Make one with {@link decimal}; its methods (plus, minus, times, div, cmp ...) are those of decimal.js. */
export type Decimal = DecimalJs;

/** What {@link decimal} accepts. A number must be a safe integer: a binary fraction is not a decimal one. */
export type DecimalInput = string | number | Decimal;

export type RoundingMode = 'half-even' | 'half-up' | 'down' | 'up';

/** `scale` is the number of digits after the point. */
export interface RoundingRule {
  readonly scale: number;
  readonly rounding: RoundingMode;
}

/** half-up: ties away from zero. down: toward zero. up: away from zero. half-even: ties to the even digit (banker's). */
const ROUNDING: Readonly<Record<RoundingMode, DecimalJs.Rounding>> = {
  'half-even': DecimalJs.ROUND_HALF_EVEN,
  'half-up': DecimalJs.ROUND_HALF_UP,
  down: DecimalJs.ROUND_DOWN,
  up: DecimalJs.ROUND_UP,
};

const SCALE_MAX = 50;
const PLAIN_DECIMAL = /^-?\d{1,60}(?:\.\d{1,60})?$/;

const DECIMAL_STRING = new Map<string, RegExp>();

/**
 * The regular expression of a decimal string on the wire: plain notation, optional minus, no leading zero, no plus, no exponent,
 * at most `integerDigits` (default 20) digits before and `fractionDigits` (default 8) after the point. Linear time.
 */
export function decimalPattern(bounds: { readonly integerDigits?: number; readonly fractionDigits?: number } = {}): RegExp {
  const { integerDigits = 20, fractionDigits = 8 } = bounds;
  invariant(integerDigits >= 1 && integerDigits <= SCALE_MAX, 'integerDigits must be 1 to 50');
  invariant(fractionDigits >= 0 && fractionDigits <= SCALE_MAX, 'fractionDigits must be 0 to 50');
  const key = `${integerDigits}.${fractionDigits}`;
  const known = DECIMAL_STRING.get(key);
  if (known !== undefined) return known;
  const fraction = fractionDigits === 0 ? '' : `(?:\\.\\d{1,${fractionDigits}})?`;
  const pattern = new RegExp(`^-?(?:0|[1-9]\\d{0,${integerDigits - 1}})${fraction}$`);
  DECIMAL_STRING.set(key, pattern);
  return pattern;
}

/** Whether a value is a decimal string within the bounds of {@link decimalPattern}. */
export function isDecimalString(
  value: unknown,
  bounds: { readonly integerDigits?: number; readonly fractionDigits?: number } = {},
): value is string {
  return typeof value === 'string' && decimalPattern(bounds).test(value);
}

/**
 * An exact decimal from a plain decimal string (at most 60 digits on each side, no exponent), a safe integer or a Decimal.
 * @throws CodedError INVALID_DECIMAL for anything else, so also for 0.1, NaN, Infinity, '', ' 1' and '1e5'.
 */
export function decimal(value: DecimalInput): Decimal {
  if (typeof value === 'string' && PLAIN_DECIMAL.test(value)) return new KernelDecimal(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return new KernelDecimal(value);
  if (DecimalJs.isDecimal(value) && value.isFinite()) return value.constructor === KernelDecimal ? value : new KernelDecimal(value);
  throw new CodedError('INVALID_DECIMAL', 'expected a plain decimal string such as "12.50", or a whole number', {
    details: { value: String(value).slice(0, 80) },
  });
}

export function isDecimal(value: unknown): value is Decimal {
  return DecimalJs.isDecimal(value);
}

/**
 * The decimal expansion that JavaScript prints for a float64 (shortest string that reads back to the same number).
 * The one sanctioned way from statistics to decimals; the result carries float error, so round it.
 * @throws CodedError INVALID_DECIMAL for NaN and infinities.
 */
export function decimalFromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) {
    throw new CodedError('INVALID_DECIMAL', 'a statistic must be finite to become a decimal', { details: { value: String(value) } });
  }
  return new KernelDecimal(value);
}

/** Rounds to `scale` digits after the point. Never answers negative zero. */
export function roundDecimal(value: Decimal, rule: RoundingRule): Decimal {
  invariant(Number.isInteger(rule.scale) && rule.scale >= 0 && rule.scale <= SCALE_MAX, 'scale must be a whole number from 0 to 50');
  const rounded = value.toDecimalPlaces(rule.scale, ROUNDING[rule.rounding]);
  return rounded.isZero() ? ZERO : rounded;
}

/** Exactly `scale` digits after the point, padded with zeros: what a numeric(p, scale) column prints. Never '-0.00'. */
export function toFixedString(value: Decimal, rule: RoundingRule): string {
  invariant(value.isFinite(), 'a decimal must be finite');
  return roundDecimal(value, rule).toFixed(rule.scale);
}

/** The canonical plain notation: no exponent, no trailing zeros, no '-0'. Equal values have equal strings. */
export function toDecimalString(value: Decimal): string {
  invariant(value.isFinite(), 'a decimal must be finite');
  return value.isZero() ? '0' : value.toFixed();
}

export const ZERO: Decimal = new KernelDecimal(0);
export const ONE: Decimal = new KernelDecimal(1);

/** The exact sum; zero for none. */
export function sumDecimals(values: Iterable<Decimal>): Decimal {
  let sum = ZERO;
  for (const value of values) sum = sum.plus(value);
  return sum;
}

export function minDecimal(a: Decimal, b: Decimal): Decimal {
  return a.lessThanOrEqualTo(b) ? a : b;
}

export function maxDecimal(a: Decimal, b: Decimal): Decimal {
  return a.greaterThanOrEqualTo(b) ? a : b;
}
