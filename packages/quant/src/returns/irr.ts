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
const WIDTH_MIN = 1e-13;
/** Near a double root the sign of the sum is noise: roots this close are one. */
const LOG_RATE_GAP_MIN = 1e-6;
const INTERVALS_MAX = 200_000;

/**
 * Internal rate of return: every r > -1 with sum(amount / (1 + r)^time) = 0, per unit of time, ascending. Roots closer than a millionth
 * (of ln(1 + r)) count once.
 *
 * With v = |ln(1 + r)| the sum is f(v) = sum(a * exp(-v * s)), s >= 0, on either side of r = 0 (multiplying by a power of 1 + r moves no root). Its
 * positive and negative parts, and those of f', fall with v, which bounds both over an interval: each interval is proven empty, or proven
 * monotone and bisected, or halved. So no root is missed for want of a good guess.
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
  const byTime = new Map<number, number>();
  for (const { time, amount } of flows) {
    byTime.set(finite(time, 'time'), (byTime.get(time) ?? 0) + finite(amount, 'amount'));
  }
  const terms = [...byTime].map(([time, amount]) => ({ time, amount })).filter(({ amount }) => amount !== 0);
  return terms.toSorted((a, b) => a.time - b.time);
}

interface Term {
  readonly s: number;
  readonly amount: number;
}

/** Positive and negative parts of f and of -f' at one point. */
interface Sums {
  readonly v: number;
  readonly gain: number;
  readonly loss: number;
  readonly gainSlope: number;
  readonly lossSlope: number;
}

function sumsAt(terms: readonly Term[], v: number): Sums {
  let gain = 0;
  let loss = 0;
  let gainSlope = 0;
  let lossSlope = 0;
  for (const { s, amount } of terms) {
    const value = amount * Math.exp(-v * s);
    if (value > 0) {
      gain += value;
      gainSlope += value * s;
    } else {
      loss -= value;
      lossSlope -= value * s;
    }
  }
  return { v, gain, loss, gainSlope, lossSlope };
}

const valueOf = (sums: Sums): number => sums.gain - sums.loss;

/** All v in [0, LOG_RATE_MAX] with f(v) = 0, ascending. */
function rootsOf(terms: readonly Term[]): number[] {
  const roots: number[] = [];
  const open: Array<readonly [Sums, Sums]> = [[sumsAt(terms, 0), sumsAt(terms, LOG_RATE_MAX)]];
  for (let work = 0; ; work++) {
    const interval = open.pop();
    if (interval === undefined) return roots;
    if (work > INTERVALS_MAX) throw new CodedError('RATE_UNRESOLVED', 'the flows are too entangled for a rate of return');
    const [low, high] = interval;
    // Both parts fall from low to high, so each lies between its values at the ends.
    if (high.gain > low.loss || high.loss > low.gain) continue;
    const monotone = high.gainSlope > low.lossSlope || high.lossSlope > low.gainSlope;
    if (monotone || high.v - low.v < WIDTH_MIN) {
      const root = monotone ? bisect(terms, low, high) : touching(low, high);
      if (root !== null) roots.push(root);
      continue;
    }
    const middle = sumsAt(terms, (low.v + high.v) / 2);
    open.push([middle, high], [low, middle]);
  }
}

/** The root between two ends of different sign; null when the sign is the same. The upper end belongs to the next interval. */
function bisect(terms: readonly Term[], low: Sums, high: Sums): number | null {
  const sign = Math.sign(valueOf(low));
  if (sign === 0) return low.v;
  if (Math.sign(valueOf(high)) !== -sign) return null;
  let [a, b] = [low.v, high.v];
  for (let i = 0; i < 100 && b - a > 0; i++) {
    const middle = (a + b) / 2;
    if (middle === a || middle === b) break;
    if (Math.sign(valueOf(sumsAt(terms, middle))) === sign) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** A double root shows no change of sign: f merely vanishes within its own rounding. */
function touching(low: Sums, high: Sums): number | null {
  const changes = Math.sign(valueOf(low)) !== Math.sign(valueOf(high));
  return changes || Math.abs(valueOf(low)) <= 1e-13 * (low.gain + low.loss) ? low.v : null;
}
