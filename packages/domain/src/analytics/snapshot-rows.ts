import { newId, toDecimalString, toFixedString, type Decimal, type LocalDate } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';
import type { DuePortfolio } from './due-snapshots.ts';
import type { PricedAsset } from './snapshot-inputs.ts';
import type { SnapshotStatistics } from './snapshot-series.ts';
import { VALUE_RULE, type ValuedSession } from './value-portfolio.ts';

/** Shares of the total value as positions.allocation_percentage holds them: 1 is 1 %. */
const PERCENT_SCALE = 4;

export interface SnapshotRow extends ValuedSession {
  readonly statistics: SnapshotStatistics;
}

export type Symbols = ReadonlyMap<string, PricedAsset>;

/** One statement, whatever the number of rows; a row that is there already keeps its id and takes the new figures. */
export async function writeSnapshots(
  sql: Sql,
  portfolio: DuePortfolio,
  { rows, symbols }: { readonly rows: readonly SnapshotRow[]; readonly symbols: Symbols },
): Promise<void> {
  if (rows.length === 0) return;
  const text = (pick: (row: SnapshotRow) => Decimal) => rows.map((row) => toDecimalString(pick(row)));
  const statistic = (name: keyof SnapshotStatistics) => rows.map((row) => row.statistics[name]);
  await sql`
    INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, inflow, outflow, is_stale,
      daily_return, total_return, volatility, sharpe_ratio, max_drawdown, allocation_breakdown, rates, accrued_dividends)
    SELECT r.id, ${portfolio.userId}::uuid, ${portfolio.id}::uuid, r.date, r.total_value, r.cash, r.invested, r.inflow, r.outflow, r.is_stale,
      r.daily_return, r.total_return, r.volatility, r.sharpe_ratio, r.max_drawdown, r.allocation::jsonb, r.rates::jsonb, r.accrued_dividends
    FROM unnest(
      ${rows.map(() => newId())}::uuid[], ${rows.map(({ date }) => date)}::date[], ${text((row) => row.totalValue)}::numeric[],
      ${text((row) => row.cash)}::numeric[], ${text((row) => row.invested)}::numeric[], ${text((row) => row.inflow)}::numeric[],
      ${text((row) => row.outflow)}::numeric[], ${rows.map(({ isStale }) => isStale)}::boolean[], ${statistic('dailyReturn')}::numeric[],
      ${statistic('totalReturn')}::numeric[], ${statistic('volatility')}::numeric[], ${statistic('sharpeRatio')}::numeric[],
      ${statistic('maxDrawdown')}::numeric[], ${rows.map((row) => JSON.stringify(allocation(row, symbols)))}::text[], ${rows.map(ratesText)}::text[],
      ${text((row) => row.accruedDividends)}::numeric[]
    ) AS r (id, date, total_value, cash, invested, inflow, outflow, is_stale, daily_return, total_return, volatility, sharpe_ratio, max_drawdown, allocation, rates, accrued_dividends)
    ON CONFLICT (portfolio_id, snapshot_date) DO UPDATE SET total_value = excluded.total_value, cash_balance = excluded.cash_balance,
      invested_amount = excluded.invested_amount, inflow = excluded.inflow, outflow = excluded.outflow, is_stale = excluded.is_stale,
      daily_return = excluded.daily_return, total_return = excluded.total_return, volatility = excluded.volatility,
      sharpe_ratio = excluded.sharpe_ratio, max_drawdown = excluded.max_drawdown, allocation_breakdown = excluded.allocation_breakdown, rates = excluded.rates,
      accrued_dividends = excluded.accrued_dividends`;
}

/** As market.rate tells of them, but for the entered rates that each comes from. */
function ratesText({ rates }: SnapshotRow): string | null {
  if (rates.length === 0) return null;
  const told = rates.map(({ found: { from, to, rate, asOf, path }, isStale }) => ({
    from,
    to,
    rate: toDecimalString(rate),
    asOf,
    isStale,
    path,
  }));
  return JSON.stringify(told);
}

/** Snapshots from that date on no longer say what the ledger and the prices say. @returns how many there were */
export async function deleteSnapshots(sql: Sql, portfolioId: string, from: LocalDate): Promise<number> {
  const [row] = await sql<{ deleted: number }>`
    WITH gone AS (DELETE FROM portfolio_snapshots WHERE portfolio_id = ${portfolioId} AND snapshot_date >= ${from}::date RETURNING 1)
    SELECT count(*)::int AS deleted FROM gone`;
  return row?.deleted ?? 0;
}

export async function newestSnapshot(sql: Sql, portfolioId: string): Promise<LocalDate | null> {
  const [row] = await sql<{
    newest: LocalDate | null;
  }>`SELECT max(snapshot_date) AS newest FROM portfolio_snapshots WHERE portfolio_id = ${portfolioId}`;
  return row?.newest ?? null;
}

/** After the snapshots: how far they reach now, and the date from which they are still missing or outdated; null when they are not. */
export async function markReach(sql: Sql, portfolioId: string, dirtyFrom: LocalDate | null): Promise<void> {
  await sql`
    UPDATE portfolios SET snapshots_dirty_from = ${dirtyFrom}::date,
      snapshots_through = (SELECT max(snapshot_date) FROM portfolio_snapshots WHERE portfolio_id = ${portfolioId})
    WHERE id = ${portfolioId}`;
}

/** Brings what positions and portfolio show of their value up to the newest snapshot. */
export async function writeCurrentValues(
  sql: Sql,
  portfolio: DuePortfolio,
  { row, symbols, at }: { readonly row: SnapshotRow; readonly symbols: Symbols; readonly at: Date },
): Promise<void> {
  const held = row.holdings.filter(({ asset }) => symbols.has(asset));
  const text = (pick: (holding: ValuedSession['holdings'][number]) => Decimal) => held.map((holding) => toDecimalString(pick(holding)));
  await sql`
    UPDATE positions p SET current_price = v.price, current_value = COALESCE(v.value, 0), unrealized_pnl = COALESCE(v.value - v.cost, 0),
      allocation_percentage = COALESCE(v.share, 0), last_updated = ${at}
    FROM positions q LEFT JOIN unnest(${held.map(({ asset }) => asset)}::uuid[], ${text(({ price }) => price)}::numeric[], ${text(({ value }) => value)}::numeric[],
      ${text(({ cost }) => cost)}::numeric[], ${held.map(({ value }) => share(value, row.totalValue))}::numeric[]) AS v (instrument_id, price, value, cost, share)
      ON v.instrument_id = q.instrument_id
    WHERE q.portfolio_id = ${portfolio.id} AND p.id = q.id`;
  const gain = held.reduce((sum, { value, cost }) => sum.plus(value).minus(cost), row.totalValue.times(0));
  await sql`
    UPDATE portfolios SET total_value = ${toDecimalString(row.totalValue)}, unrealized_pnl = ${toFixedString(gain, VALUE_RULE)},
      allocation_current = ${JSON.stringify(allocation(row, symbols))}::jsonb, updated_at = ${at}
    WHERE id = ${portfolio.id}`;
}

/** Percent of the total value by symbol; nothing while the portfolio is worth nothing. */
function allocation(row: ValuedSession, symbols: Symbols): Record<string, string> {
  if (row.totalValue.isZero()) return {};
  const shares: Record<string, string> = { CASH: share(row.cash, row.totalValue) };
  if (!row.accruedDividends.isZero()) shares['DIVIDENDS'] = share(row.accruedDividends, row.totalValue);
  for (const { asset, value } of row.holdings) shares[symbols.get(asset)?.symbol ?? `CASH:${asset}`] = share(value, row.totalValue);
  return shares;
}

function share(value: Decimal, total: Decimal): string {
  return total.isZero() ? '0' : toFixedString(value.times(100).div(total), { scale: PERCENT_SCALE, rounding: 'half-even' });
}
