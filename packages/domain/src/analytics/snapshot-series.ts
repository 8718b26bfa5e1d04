import { decimalFromFloat, toFixedString, type Decimal } from '@trii/kernel';
import { RunningPerformance, type PerformanceFigures } from '@trii/quant';

/**
 * What a day's growth is measured by, float64 of exact sums: value before plus what came in at the start of the day, and value plus what went
 * out at its end. Stored rows give the same numbers as fresh ones, and the statistics follow from nothing else.
 */
export interface GrowthDay {
  readonly base: number;
  readonly end: number;
  readonly isStale: boolean;
}

interface FlowDay {
  readonly totalValue: Decimal;
  readonly inflow: Decimal;
  readonly outflow: Decimal;
  readonly isStale: boolean;
}

/** Sums before they become float64: where nothing happened both are the same number, and the return is zero and not a rounding error. */
export function growthDay({ totalValue, inflow, outflow, isStale }: FlowDay, valueBefore: Decimal): GrowthDay {
  return { base: valueBefore.plus(inflow).toNumber(), end: totalValue.plus(outflow).toNumber(), isStale };
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

/**
 * The statistics of a portfolio's days since inception, one after the other.
 *
 * daily_return = (value + outflow) / (value before + inflow) - 1. None where nothing was invested (the base is not above zero), and none on a
 * stale day: its growth is kept and multiplied into the next fresh day's return, so the compounded total_return loses nothing and always is the
 * product of the daily returns. Volatility, Sharpe ratio (252 sessions, risk-free 3 % a year, ddof 1) and maximum drawdown are
 * null below two returns. A run that goes on after an interruption gives the same figures as one that had none.
 */
export class SnapshotSeries {
  readonly #performance = new RunningPerformance();
  #growthKept = 1;
  #returns = 0;

  push(day: GrowthDay): SnapshotStatistics {
    const { dailyReturn, figures } = this.#add(day);
    return statistics(dailyReturn, figures, this.#returns);
  }

  /** Takes in days whose statistics nobody asks for. */
  replay(days: Iterable<GrowthDay>): void {
    for (const day of days) this.#add(day);
  }

  #add(day: GrowthDay): { readonly dailyReturn: number | null; readonly figures: PerformanceFigures } {
    const dailyReturn = this.#returnOf(day);
    if (dailyReturn !== null) this.#returns += 1;
    return { dailyReturn, figures: this.#performance.push(dailyReturn) };
  }

  #returnOf({ base, end, isStale }: GrowthDay): number | null {
    if (base <= 0) return null;
    const growth = (this.#growthKept * end) / base;
    this.#growthKept = isStale ? growth : 1;
    return isStale ? null : growth - 1;
  }
}

function statistics(dailyReturn: number | null, figures: PerformanceFigures, returns: number): SnapshotStatistics {
  const { totalReturn, volatility, sharpeRatio, maxDrawdown } = figures;
  return {
    dailyReturn: storable(dailyReturn),
    totalReturn: storable(totalReturn),
    volatility: storable(volatility),
    sharpeRatio: storable(sharpeRatio),
    maxDrawdown: returns < 2 ? null : storable(maxDrawdown),
  };
}

function storable(value: number | null): string | null {
  if (value === null || !Number.isFinite(value) || Math.abs(value) > STORABLE_MAX) return null;
  return toFixedString(decimalFromFloat(value), { scale: SCALE, rounding: 'half-even' });
}
