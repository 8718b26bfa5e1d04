import { market, platform, portfolio } from '@trii/contract';
import { decimal, toDecimalString, type Decimal } from '@trii/kernel';
import { Failure, handler, valuationDate } from '../platform/index.ts';
import { performanceView } from './performance-view.ts';
import { portfolioView } from './portfolio-view.ts';
import { readSummaryRows } from './read-summary-rows.ts';
import { valueStanding } from './value-standing.ts';

/** What the investor holds and what it is worth at the valuation date, with the performance of the newest snapshot. */
export const summaryHandler = handler(portfolio.summary, {
  cache: {
    family: 'portfolio',
    id: ({ portfolioId }) => portfolioId,
    droppedBy: 'PORTFOLIO',
    emptiedBy: [market.ActionChanged, market.BarsImported, market.RatesSet, market.RatePolicySet, platform.ValuationDateSet],
  },
  async handle({ sql, clock }, { portfolioId }) {
    const date = await valuationDate(sql, clock);
    const rows = await readSummaryRows(sql, portfolioId, date);
    const [first, ...others] = rows;
    if (first === undefined) throw new Failure('NOT_FOUND', { portfolioId });
    const { valuation, ...beside } = await valueStanding({ sql, clock }, [first, ...others], date);
    return {
      ...portfolioView(first),
      valuationDate: date,
      lastEntryDate: first.last_entry_date,
      cashBalance: toDecimalString(decimal(first.cash_balance)),
      ...beside,
      investedAmount: toDecimalString(valuation.investedAmount),
      realizedPnl: toDecimalString(decimal(first.realized_pnl)),
      unrealizedPnl: textOf(valuation.unrealizedPnl),
      totalValue: textOf(valuation.totalValue),
      dailyReturn: first.gained === null ? null : toDecimalString(decimal(first.gained)),
      positions: valuation.positions,
      performance: first.snapshot_date === null ? null : { snapshotDate: first.snapshot_date, ...performanceView(first) },
    };
  },
});

const textOf = (amount: Decimal | null): string | null => (amount === null ? null : toDecimalString(amount));
