import { market, platform, portfolio } from '@trii/contract';
import { decimal, roundDecimal, toDecimalString, type Decimal } from '@trii/kernel';
import { Failure, handler, valuationDate } from '../platform/index.ts';
import { performanceView } from './performance-view.ts';
import { portfolioView } from './portfolio-view.ts';
import { readSummaryRows, type HeldRow, type SummaryRow } from './read-summary-rows.ts';
import { valuePositions, type HeldPosition } from './valuation.ts';

/** What the investor holds and what it is worth at the valuation date, with the performance of the newest snapshot. */
export const summaryHandler = handler(portfolio.summary, {
  cache: {
    family: 'portfolio',
    id: ({ portfolioId }) => portfolioId,
    droppedBy: 'PORTFOLIO',
    emptiedBy: [market.BarsImported, market.RatesSet, market.RatePolicySet, platform.ValuationDateSet],
  },
  async handle({ sql, clock }, { portfolioId }) {
    const date = await valuationDate(sql, clock);
    const rows = await readSummaryRows(sql, portfolioId, date);
    const [first] = rows;
    if (first === undefined) throw new Failure('NOT_FOUND', { portfolioId });
    const cash = decimal(first.cash_balance);
    const valuation = valuePositions(cash.plus(decimal(first.reserved_cash)), rows.filter(isHeld).map(heldPosition));
    return {
      ...portfolioView(first),
      valuationDate: date,
      lastEntryDate: first.last_entry_date,
      cashBalance: toDecimalString(cash),
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

export const isHeld = (row: SummaryRow): row is SummaryRow & HeldRow => row.instrument_id !== null;
const textOf = (amount: Decimal | null): string | null => (amount === null ? null : toDecimalString(amount));

export function heldPosition(row: HeldRow): HeldPosition {
  return {
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    name: row.instrument_name,
    quantity: decimal(row.quantity),
    avgCost: decimal(row.avg_cost),
    costBasis: decimal(row.cost_basis),
    price: row.close === null ? null : priceNow(row.close, row.splits),
    priceDate: row.price_date,
  };
}

/** As a snapshot of a session without a close has it. */
function priceNow(close: string, splits: HeldRow['splits']): Decimal {
  const price = splits.reduce((from, [old, now]) => from.times(old).div(now), decimal(close));
  return splits.length === 0 ? price : roundDecimal(price, { scale: 8, rounding: 'half-even' });
}
