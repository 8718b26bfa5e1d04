import { decimalFromFloat, toFixedString, ZERO, type Decimal } from '@trii/kernel';
import { RunningPerformance, type PerformanceFigures } from '@trii/quant';

/** What a snapshot's row holds of a day: the statistics follow from these, exactly as stored, and from nothing else. */
export interface SnapshotDay {
  readonly totalValue: Decimal;
  /** External flows since the day before: in at the start of the day, out at its end. */
  readonly inflow: Decimal;
  readonly outflow: Decimal;
  readonly isStale: boolean;
}

/** Fractions (0.01 is 1 %) as numeric(14,8) holds them; null where there is none. */
export interface SnapshotStatistics {
  readonly dailyReturn: string | null;
  readonly totalReturn: string | null;
  readonly volatility: string | null;
  readonly sharpeRatio: string | null;
  readonly maxDrawdown: string | null;
}

const SCALE = 8;
/** numeric(14,8) ends below a million; a figure beyond it says nothing, and must not stop the night's work. */
const STORABLE_MAX = 999_999;
/** Volatility that is stored as zero is no variance: a ratio to it would be noise. */
const VOLATILITY_MIN = 0.5e-8;

/**
 * The statistics of a portfolio's days since inception, one after the other.
 *
 * daily_return = (value + outflow) / (value before + inflow) - 1. None where nothing was invested (the base is not above zero), and none on a
 * stale day: its growth is kept and multiplied into the next fresh day's return, so the compounded total_return loses nothing and always is the
 * product of the daily returns. Volatility, Sharpe ratio (252 sessions, risk-free 3 % a year, ddof 1) and maximum drawdown are
 * null below two returns. Sums are exact; the ratio and all that follows is float64, from stored rows alone, so that a
 * run that goes on after an interruption gives the same figures as one that had none.
 */
export class SnapshotSeries {
  readonly #performance = new RunningPerformance();
  #valueBefore: Decimal = ZERO;
  #growthKept = 1;
  #returns = 0;

  push(day: SnapshotDay): SnapshotStatistics {
    const dailyReturn = this.#returnOf(day);
    this.#valueBefore = day.totalValue;
    if (dailyReturn !== null) this.#returns += 1;
    return statistics(dailyReturn, this.#performance.push(dailyReturn), this.#returns);
  }

  #returnOf({ totalValue, inflow, outflow, isStale }: SnapshotDay): number | null {
    const base = this.#valueBefore.plus(inflow);
    if (!base.greaterThan(0)) return null;
    const growth = (this.#growthKept * totalValue.plus(outflow).toNumber()) / base.toNumber();
    this.#growthKept = isStale ? growth : 1;
    return isStale ? null : growth - 1;
  }
}

function statistics(dailyReturn: number | null, figures: PerformanceFigures, returns: number): SnapshotStatistics {
  const { totalReturn, volatility, sharpeRatio, maxDrawdown } = figures;
  const hasVariance = volatility !== null && volatility >= VOLATILITY_MIN;
  return {
    dailyReturn: storable(dailyReturn),
    totalReturn: storable(totalReturn),
    volatility: storable(volatility),
    sharpeRatio: hasVariance ? storable(sharpeRatio) : null,
    maxDrawdown: returns < 2 ? null : storable(maxDrawdown),
  };
}

function storable(value: number | null): string | null {
  if (value === null || !Number.isFinite(value) || Math.abs(value) > STORABLE_MAX) return null;
  return toFixedString(decimalFromFloat(value), { scale: SCALE, rounding: 'half-even' });
}
