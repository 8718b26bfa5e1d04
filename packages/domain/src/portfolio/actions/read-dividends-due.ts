import { decimal, parseLocalDate, type Decimal, type LocalDate } from '@trii/kernel';
import type { Sql } from '../../platform/index.ts';
import { dividendAmounts } from './action-postings.ts';
import { shardOf } from './due-action.ts';

/** A dividend that a portfolio is entitled to: owed to it from the ex date on, until the ledger has it. */
export interface DividendDue {
  readonly symbol: string;
  readonly currency: string;
  /** After tax, as it is or was paid. */
  readonly net: Decimal;
  readonly exDate: LocalDate;
  /** When it is to be paid. */
  readonly payDate: LocalDate;
  /** The first day that the ledger has it; null while it was not paid. */
  readonly paidOn: LocalDate | null;
}

interface Row {
  readonly symbol: string;
  readonly currency: string;
  readonly amount: string;
  readonly withholding_pct: string | null;
  readonly ex_date: string;
  readonly effective_date: string;
  readonly paid_on: string | null;
  readonly entitled: string;
}

/** A dividend that buys units does so within so many days of its pay date. */
export const REINVESTED_DAYS_MAX = 10;

/**
 * The dividends owed to a portfolio on any of those days: net of units held when the ex date began, reckoned as they will be paid. What was taken back, and what took
 * it back, never counts. Of paid ones only those that the ledger may have on or after `from` are looked at.
 */
export async function readDividendsDue(
  sql: Sql,
  portfolioId: string,
  { from, to }: { readonly from: LocalDate; readonly to: LocalDate },
): Promise<DividendDue[]> {
  const rows = await sql<Row>`
    SELECT i.symbol, COALESCE(a.currency_code, i.currency_code) AS currency, a.amount, a.withholding_pct, a.ex_date, a.effective_date, t.paid_on,
      COALESCE(CASE WHEN p.transaction_id IS NOT NULL THEN p.quantity ELSE e.entitled END, 0) AS entitled
    FROM positions q JOIN corporate_actions a ON a.instrument_id = q.instrument_id JOIN instruments i ON i.id = a.instrument_id
    LEFT JOIN portfolio_actions p ON p.portfolio_id = q.portfolio_id AND p.action_id = a.id
    LEFT JOIN LATERAL (
      SELECT effective_date AS paid_on FROM postings WHERE portfolio_id = q.portfolio_id AND transaction_id = p.transaction_id LIMIT 1
    ) t ON true
    LEFT JOIN LATERAL (
      SELECT sum(l.amount) AS entitled FROM postings l
      WHERE p.transaction_id IS NULL AND l.portfolio_id = q.portfolio_id AND l.instrument_id = a.instrument_id AND l.account IN ('holding', 'reserved')
        AND l.effective_date < a.ex_date AND l.reverses_transaction_id IS NULL
        AND NOT EXISTS (SELECT FROM postings r WHERE r.portfolio_id = l.portfolio_id AND r.reverses_transaction_id = l.transaction_id)
    ) e ON true
    WHERE q.portfolio_id = ${portfolioId} AND a.kind = 'DIVIDEND' AND a.status <> 'CANCELLED' AND a.ex_date <= ${to}::date
      AND (CASE WHEN p.transaction_id IS NOT NULL THEN a.effective_date + ${REINVESTED_DAYS_MAX}::int > ${from}::date AND t.paid_on > ${from}::date
           ELSE p.status IN ('DUE', 'BLOCKED') OR (p.action_id IS NULL AND (a.applied_shards >> ${shardOf(portfolioId)}::int) & 1 = 0) END)
    ORDER BY a.ex_date, a.id`;
  return rows.flatMap((row) => {
    const entitled = decimal(row.entitled);
    if (!entitled.greaterThan(0)) return [];
    const { net } = dividendAmounts({
      entitled,
      amount: decimal(row.amount),
      currency: row.currency,
      withholdingPct: decimal(row.withholding_pct ?? 0),
    });
    if (net.isZero()) return [];
    return [
      {
        symbol: row.symbol,
        currency: row.currency,
        net: net.amount,
        exDate: parseLocalDate(row.ex_date),
        payDate: parseLocalDate(row.effective_date),
        paidOn: row.paid_on === null ? null : parseLocalDate(row.paid_on),
      },
    ];
  });
}
