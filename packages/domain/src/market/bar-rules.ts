import { decimal } from '@trii/kernel';
import { fault } from './reject-reasons.ts';
import type { Fault, RejectReason } from './reject-reasons.ts';

/** The values of one line, as text; null is a column the file has not. */
export interface QuotedBar {
  readonly open: string | null;
  readonly high: string | null;
  readonly low: string | null;
  readonly close: string;
  readonly volume: string | null;
}

/** numeric(20,8): twelve digits before the point, eight after. */
const STORABLE = /^\d{1,12}(?:\.\d{1,8})?$/;
const NUMBER = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * The plain notation of a number that numeric(20,8) holds exactly, or the fault. Accepts a sign, a bare point and an exponent
 * ('1.5E+9'), never thousands separators, currency signs, NaN or white space within. Nothing is rounded.
 */
export function storableNumber(text: string): string | Fault {
  if (STORABLE.test(text)) return text;
  const match = NUMBER.exec(text);
  if (match === null || !/\d/.test(text.replace(/[eE].*$/, ''))) return fault('not_a_number', text);
  const [, sign = '', integer = '', fraction = '', exponent = '0'] = match;
  const plain = shiftPoint(integer, fraction, Number(exponent));
  if (!STORABLE.test(plain)) return fault('too_many_digits', text);
  return sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

/** Moves the point `by` digits to the right; the exponent's two digits bound the work. */
function shiftPoint(integer: string, fraction: string, by: number): string {
  const digits = integer + fraction;
  const point = integer.length + by;
  const whole = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const rest = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const trimmed = rest.replace(/0+$/, '');
  return (whole.replace(/^0+(?=\d)/, '') || '0') + (trimmed === '' ? '' : `.${trimmed}`);
}

/**
 * Exact comparison of two storable numbers given both ways. Reading a decimal as a float64 keeps the order (it rounds to
 * nearest, which is monotone), so only floats that are equal for different texts need decimals.
 */
function isBelow(a: string, b: string): boolean {
  const floatA = Number(a);
  const floatB = Number(b);
  return floatA === floatB ? a !== b && decimal(a).lessThan(decimal(b)) : floatA < floatB;
}

function priceFault(price: string, name: string): Fault | null {
  const value = Number(price);
  if (value > 0) return null;
  return fault(value < 0 ? 'negative_price' : 'zero_price', `${name} ${price}`);
}

/**
 * The first rule that a bar breaks, or null. Values are storable numbers ({@link storableNumber}).
 * Rules: prices are above zero, volume is not below; open, high and low come together or not at all; low <= open, close <= high.
 */
export function barFault(bar: QuotedBar): Fault | null {
  const { open, high, low, close, volume } = bar;
  const closeFault = priceFault(close, 'close');
  if (closeFault !== null) return closeFault;
  if (volume !== null && Number(volume) < 0) return fault('negative_volume', volume);
  if (open === null && high === null && low === null) return null;
  if (open === null || high === null || low === null) return fault('incomplete_bar');
  const range = rangeFault({ open, high, low, close });
  // A positive low under a sound range makes the other two positive: the usual bar is done here.
  if (range === null && Number(low) > 0) return null;
  return priceFault(open, 'open') ?? priceFault(high, 'high') ?? priceFault(low, 'low') ?? range;
}

function rangeFault(bar: { readonly open: string; readonly high: string; readonly low: string; readonly close: string }): Fault | null {
  const { open, high, low, close } = bar;
  const outside = (reason: RejectReason, value: string) => fault(reason, `${value} is not within ${low} to ${high}`);
  if (isBelow(high, low)) return fault('high_below_low', `high ${high}, low ${low}`);
  if (isBelow(high, open) || isBelow(open, low)) return outside('open_outside_range', open);
  if (isBelow(high, close) || isBelow(close, low)) return outside('close_outside_range', close);
  return null;
}
