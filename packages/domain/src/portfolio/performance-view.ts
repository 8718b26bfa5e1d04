import type { portfolio } from '@trii/contract';
import type { z } from 'zod';

/** Of a snapshot, as PostgreSQL prints numeric. */
export interface PerformanceRow {
  readonly daily_return: string | null;
  readonly total_return: string | null;
  readonly volatility: string | null;
  readonly sharpe_ratio: string | null;
  readonly max_drawdown: string | null;
}

/** Statistics are float64 fractions: the one place where figures of a snapshot stop being decimal. */
export function performanceView(row: PerformanceRow): z.output<typeof portfolio.PerformanceView> {
  const statistic = (text: string | null): number | null => (text === null ? null : Number(text));
  return {
    dailyReturn: statistic(row.daily_return),
    totalReturn: statistic(row.total_return),
    volatility: statistic(row.volatility),
    sharpeRatio: statistic(row.sharpe_ratio),
    maxDrawdown: statistic(row.max_drawdown),
  };
}
