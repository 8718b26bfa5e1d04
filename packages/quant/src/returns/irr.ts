import { CodedError } from '@trii/kernel';
import { finite } from '../series.ts';

/** A cash flow seen by the investor: paying in is negative, receiving (or still holding) positive. */
export interface TimedFlow {
  /** Years (or periods) from any common origin. */
  readonly time: number;
  readonly amount: number;
}

/**
 * The rates at which the flows are worth nothing together. Flows that change sign more than once can have several; none of them is "the"
 * return, so they are reported as such. none: no rate in the searched range, e.g. all flows of one sign.
 */
export type RateOfReturn =
  | { readonly kind: 'unique'; readonly rate: number }
  | { readonly kind: 'several'; readonly rates: readonly number[] }
  | { readonly kind: 'none' };

/** Searched: ln(1 + rate) from -34 to 34. Beyond it 1 + rate is no longer told from 0, or the rate has no meaning. */
const LOG_RATE_MAX = 34;
/** Terms of the Taylor series: enough that roots a few percent apart need tens of intervals, not thousands. */
const ORDER = 6;
const WIDTH_MIN = 1e-9;
/** Near a double root the sign of the sum is noise: roots this close are one. */
const LOG_RATE_GAP_MIN = 1e-6;
const INTERVALS_MAX = 200_000;

/**
 * Internal rate of return: every r > -1 with sum(amount / (1 + r)^time) = 0, per unit of time, ascending. Roots closer than a millionth
 * (of ln(1 + r)) count once.
 *
 * With v = |ln(1 + r)| the sum is f(v) = sum(a * exp(-v * s)), s >= 0, on either side of r = 0 (multiplying by a power of 1 + r moves no root). On an
 * interval its Taylor series with a bounded remainder either proves that f has no root there, or that it is monotone and can be bisected, or
 * the interval is halved. So no root is missed for want of a good guess.
 * @throws CodedError NOT_FINITE; RATE_UNRESOLVED when the bound on the work is reached
 */
export function irr(flows: readonly TimedFlow[]): RateOfReturn {
  const terms = netByTime(flows);
  const first = terms[0];
  const last = terms.at(-1);
  if (first === undefined || last === undefined || first === last) return { kind: 'none' };
  const gains = rootsOf(terms.map(({ time, amount }) => ({ s: time - first.time, amount })));
  const losses = rootsOf(terms.map(({ time, amount }) => ({ s: last.time - time, amount })));
  const logRates = [...losses.map((v) => -v).toReversed(), ...gains];
  const rates = logRates.filter((u, i) => i === 0 || u - (logRates[i - 1] ?? 0) > LOG_RATE_GAP_MIN).map(Math.expm1);
  const [rate] = rates;
  if (rate === undefined) return { kind: 'none' };
  return rates.length === 1 ? { kind: 'unique', rate } : { kind: 'several', rates };
}

/** As {@link irr} for flows one period apart, the first now. */
export function periodicIrr(amounts: ArrayLike<number>): RateOfReturn {
  return irr(Array.from(amounts, (amount, time) => ({ time, amount })));
}

/** One amount per time, in order, without those that cancel out: the first and last decide the sign at the ends. */
function netByTime(flows: readonly TimedFlow[]): TimedFlow[] {
  const byTime = new Map<number, { net: number; gross: number }>();
  for (const { time, amount } of flows) {
    const sum = byTime.get(finite(time, 'time')) ?? { net: 0, gross: 0 };
    byTime.set(time, { net: sum.net + finite(amount, 'amount'), gross: sum.gross + Math.abs(amount) });
  }
  // 0.1 + 0.2 - 0.3 is not 0 in float64, and would be a first flow with a rate of its own.
  const terms = [...byTime].filter(([, { net, gross }]) => Math.abs(net) > 1e-13 * gross);
  return terms.map(([time, { net }]) => ({ time, amount: net })).toSorted((a, b) => a.time - b.time);
}

interface Term {
  /** Not negative. */
  readonly s: number;
  readonly amount: number;
}

function valueAt(terms: readonly Term[], v: number): number {
  return terms.reduce((sum, { s, amount }) => sum + amount * Math.exp(-v * s), 0);
}

interface Taylor {
  /** |f^(k)(v)| * h^k / k! for k = 0 to ORDER - 1 */
  readonly parts: readonly number[];
  /** Bound on what is left of the series over [v - h, v + h]. */
  readonly remainder: number;
  /** Bound on the rounding error of f(v). */
  readonly noise: number;
}

function taylorAt(terms: readonly Term[], v: number, h: number): Taylor {
  const sums = new Float64Array(ORDER);
  let remainder = 0;
  let size = 0;
  for (const { s, amount } of terms) {
    let part = amount * Math.exp(-v * s);
    // |f^(ORDER)| is greatest at the lower end.
    let bound = Math.abs(amount) * Math.exp(-(v - h) * s);
    for (let k = 0; k < ORDER; k++) {
      sums[k] = (sums[k] ?? 0) + part;
      part *= (-s * h) / (k + 1);
      bound *= (s * h) / (k + 1);
    }
    remainder += bound;
    size += Math.abs(amount) * Math.exp(-v * s);
  }
  return { parts: Array.from(sums, Math.abs), remainder, noise: 1e-15 * size };
}

type Verdict = 'empty' | 'monotone' | 'unclear';

function judge(terms: readonly Term[], low: number, high: number): Verdict {
  const { parts, remainder, noise } = taylorAt(terms, (low + high) / 2, (high - low) / 2);
  const [value = 0, slope = 0] = parts;
  const variation = parts.reduce((sum, part, k) => (k < 1 ? sum : sum + part), remainder);
  if (value > variation + noise) return 'empty';
  const slopeVariation = parts.reduce((sum, part, k) => (k < 2 ? sum : sum + k * part), ORDER * remainder);
  return slope > slopeVariation ? 'monotone' : 'unclear';
}

/** All v in [0, LOG_RATE_MAX] with f(v) = 0, ascending. */
function rootsOf(terms: readonly Term[]): number[] {
  const roots: number[] = [];
  const open: Array<readonly [number, number]> = [[0, LOG_RATE_MAX]];
  for (let work = 0; ; work++) {
    const interval = open.pop();
    if (interval === undefined) return roots;
    if (work > INTERVALS_MAX) throw new CodedError('RATE_UNRESOLVED', 'the flows are too entangled for a rate of return');
    const [low, high] = interval;
    const verdict = judge(terms, low, high);
    if (verdict === 'unclear' && high - low > WIDTH_MIN) {
      const middle = (low + high) / 2;
      open.push([middle, high], [low, middle]);
      continue;
    }
    // Unclear to the end: f and its slope vanish within their rounding, as at a double root.
    const root = verdict === 'empty' ? null : verdict === 'monotone' ? bisect(terms, low, high) : low;
    if (root !== null) roots.push(root);
  }
}

/** The root of a monotone f; null when both ends have one sign. A root at the upper end is the next interval's. */
function bisect(terms: readonly Term[], low: number, high: number): number | null {
  const sign = Math.sign(valueAt(terms, low));
  if (sign === 0) return low;
  if (Math.sign(valueAt(terms, high)) !== -sign) return null;
  let [a, b] = [low, high];
  for (let middle = (a + b) / 2; middle > a && middle < b; middle = (a + b) / 2) {
    if (Math.sign(valueAt(terms, middle)) === sign) a = middle;
    else b = middle;
  }
  return a;
}
