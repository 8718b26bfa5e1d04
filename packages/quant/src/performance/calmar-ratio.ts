import { annualizedReturn } from '../returns/annualized-return.ts';
import type { Series } from '../series.ts';
import { maxDrawdown } from './max-drawdown.ts';

/**
 * Calmar ratio: geometric return a year / maximum drawdown, over the whole series. Source: empyrical calmar_ratio; T. W. Young, Futures, 1991.
 * @returns null without any return or without any drawdown
 * @throws CodedError NOT_FINITE, OUT_OF_RANGE
 */
export function calmarRatio(returns: Series, options: { readonly periodsPerYear?: number } = {}): number | null {
  const rate = annualizedReturn(returns, options);
  const drawdown = maxDrawdown(returns);
  return rate === null || drawdown === null || drawdown === 0 ? null : rate / drawdown;
}
