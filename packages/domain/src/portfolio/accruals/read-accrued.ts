import type { cash, OutputOf } from '@trii/contract';
import { decimal, invariant, parseLocalDate, roundDecimal, ZERO, type Decimal, type LocalDate, type RoundingRule } from '@trii/kernel';
import { accruedAmount, type AccrualDayCount } from '@trii/quant';
import type { Sql } from '../../platform/index.ts';

export type AccrualKind = OutputOf<typeof cash.accruals>['items'][number]['kind'];

/** As numeric(38,18) holds it: far below any smallest unit, and worked out anew each time, so that it never adds up. */
const ACCRUED_RULE: RoundingRule = { scale: 18, rounding: 'half-even' };

/** What the newest closed month of one kind and currency says. */
export interface ClosedAccrual {
  readonly through: LocalDate;
  readonly accrued: Decimal;
  /** By all postings so far. */
  readonly posted: Decimal;
  readonly carry: Decimal;
  readonly unpaid: Decimal;
}

export interface AccruedFigure {
  readonly portfolioId: string;
  readonly kind: AccrualKind;
  readonly currency: string;
  /** All that accrued from the first day on. */
  readonly accrued: Decimal;
  readonly closed: ClosedAccrual | null;
}

/**
 * All that ever accrued to portfolios up to the end of that day, worked out anew from ledger and snapshots, with what closed months posted of it. What came late
 * or was taken back therefore changes the next posting, and no stored sum can drift.
 *
 * A day of a currency counts the cash that its end has, reserved or not; what was taken back, and what took it back, never counts. A day of the advisory fee counts the
 * total value of the newest snapshot on or before it, so a weekend that of its Friday. What is below zero accrues nothing.
 */
export async function readAccrued(sql: Sql, portfolioIds: readonly string[], through: LocalDate): Promise<AccruedFigure[]> {
  const sums = new Map<string, AccruedFigure>();
  for (const row of await readValueDays(sql, portfolioIds, through)) {
    const amount = accruedAmount({ valueDays: decimal(row.value_days), annualBps: decimal(row.bps), dayCount: row.day_count });
    const before = sums.get(keyOf(row)) ?? emptyFigure(row);
    sums.set(keyOf(row), { ...before, accrued: before.accrued.plus(amount) });
  }
  for (const row of await readClosed(sql, portfolioIds)) {
    const closed = {
      through: parseLocalDate(row.posted_through),
      accrued: decimal(row.accrued),
      posted: decimal(row.posted),
      carry: decimal(row.carry),
      unpaid: decimal(row.unpaid),
    };
    sums.set(keyOf(row), { ...(sums.get(keyOf(row)) ?? emptyFigure(row)), closed });
  }
  return [...sums.values()].map((figure) => ({ ...figure, accrued: roundDecimal(figure.accrued, ACCRUED_RULE) }));
}

interface Key {
  readonly portfolio_id: string;
  readonly kind: AccrualKind;
  readonly currency_code: string;
}

const keyOf = ({ portfolio_id: id, kind, currency_code: currency }: Key): string => `${id} ${kind} ${currency}`;
const emptyFigure = ({ portfolio_id: portfolioId, kind, currency_code: currency }: Key): AccruedFigure => ({
  portfolioId,
  kind,
  currency,
  accrued: ZERO,
  closed: null,
});

interface ValueDaysRow extends Key {
  readonly day_count: AccrualDayCount;
  readonly bps: string;
  readonly value_days: string;
}

/** Runs of days with one value meet the days of each rate; of each slice of the value its part is counted as often as there are days. */
async function readValueDays(sql: Sql, portfolioIds: readonly string[], through: LocalDate): Promise<ValueDaysRow[]> {
  return sql<ValueDaysRow>`
    WITH rates AS (
      SELECT kind, currency_code, day_count, tiers, valid_from,
        COALESCE(lead(valid_from) OVER (PARTITION BY kind, currency_code ORDER BY valid_from) - 1, ${through}::date) AS valid_to
      FROM accrual_rates
    ), slices AS (
      SELECT r.kind, r.currency_code, r.day_count, r.valid_from, r.valid_to, (t.tier ->> 'bps')::numeric AS bps, (t.tier ->> 'upTo')::numeric AS upper,
        CASE WHEN t.n = 1 THEN 0 ELSE (r.tiers -> (t.n::int - 2) ->> 'upTo')::numeric END AS lower
      FROM rates r CROSS JOIN LATERAL jsonb_array_elements(r.tiers) WITH ORDINALITY AS t (tier, n)
      WHERE r.valid_from <= ${through}::date
    ), lines AS (
      SELECT * FROM postings WHERE portfolio_id = ANY(${portfolioIds}::uuid[]) AND effective_date <= ${through}::date
    ), taken_back AS (
      SELECT DISTINCT portfolio_id, reverses_transaction_id AS id FROM postings
      WHERE portfolio_id = ANY(${portfolioIds}::uuid[]) AND reverses_transaction_id IS NOT NULL
    ), moves AS (
      SELECT l.portfolio_id, l.currency_code, l.effective_date AS date, sum(l.amount) AS change
      FROM lines l LEFT JOIN taken_back t ON t.portfolio_id = l.portfolio_id AND t.id = l.transaction_id
      WHERE l.account IN ('cash', 'reserved') AND l.currency_code IS NOT NULL AND l.reverses_transaction_id IS NULL AND t.id IS NULL
      GROUP BY 1, 2, 3
    ), runs AS (
      SELECT portfolio_id, 'INTEREST' AS kind, currency_code, date AS from_date,
        COALESCE(lead(date) OVER w - 1, ${through}::date) AS to_date, sum(change) OVER w AS value
      FROM moves WINDOW w AS (PARTITION BY portfolio_id, currency_code ORDER BY date)
      UNION ALL
      SELECT s.portfolio_id, 'ADVISORY_FEE', p.base_currency, s.snapshot_date,
        COALESCE(lead(s.snapshot_date) OVER (PARTITION BY s.portfolio_id ORDER BY s.snapshot_date) - 1, ${through}::date), s.total_value
      FROM portfolio_snapshots s JOIN portfolios p ON p.id = s.portfolio_id
      WHERE s.portfolio_id = ANY(${portfolioIds}::uuid[]) AND s.snapshot_date <= ${through}::date
    )
    SELECT r.portfolio_id, r.kind, r.currency_code, s.day_count, s.bps, sum((LEAST(r.value, s.upper) - s.lower) * d.days) AS value_days
    FROM runs r JOIN slices s ON s.kind = r.kind AND s.currency_code = r.currency_code
    CROSS JOIN LATERAL (SELECT LEAST(r.to_date, s.valid_to) - GREATEST(r.from_date, s.valid_from) + 1 AS days) d
    WHERE d.days > 0 AND r.value > s.lower
    GROUP BY 1, 2, 3, 4, 5`;
}

interface ClosedRow extends Key {
  readonly posted_through: string;
  readonly accrued: string;
  readonly posted: string;
  readonly carry: string;
  readonly unpaid: string;
}

/** Of each kind and currency the newest closed month, with the sum of all that was posted. */
async function readClosed(sql: Sql, portfolioIds: readonly string[]): Promise<ClosedRow[]> {
  const rows = await sql<ClosedRow>`
    SELECT DISTINCT ON (portfolio_id, kind, currency_code) portfolio_id, kind, currency_code, posted_through, accrued, carry, unpaid,
      sum(posted) OVER (PARTITION BY portfolio_id, kind, currency_code) AS posted
    FROM cash_accruals WHERE portfolio_id = ANY(${portfolioIds}::uuid[])
    ORDER BY portfolio_id, kind, currency_code, posted_through DESC`;
  for (const { accrued, posted, carry } of rows)
    invariant(decimal(accrued).equals(decimal(posted).plus(decimal(carry))), 'what accrued was posted or is carried');
  return rows;
}
