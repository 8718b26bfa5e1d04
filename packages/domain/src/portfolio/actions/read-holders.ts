import { decimal, parseLocalDate, type Decimal, type LocalDate } from '@trii/kernel';
import type { Sql } from '../../platform/index.ts';
import type { DueAction } from './due-action.ts';

/** A locked portfolio as an action finds it. */
export interface Holder {
  readonly portfolioId: string;
  readonly userId: string;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  readonly baseCurrency: string;
  readonly reinvests: boolean;
  /** It was told before that this action concerns it. */
  readonly isNoted: boolean;
  /** All that is held now, reserved or not. */
  readonly quantity: Decimal;
  readonly reserved: Decimal;
  readonly cost: Decimal;
  /** Held when the ex date began. */
  readonly entitled: Decimal;
  /** The newest entry of the instrument that stands; null before the first. What actions of the same day did is not one. */
  readonly lastEntry: LocalDate | null;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly status: Holder['status'];
  readonly base_currency: string;
  readonly dividend_choice: string;
  readonly is_noted: boolean;
  readonly quantity: string;
  readonly reserved_quantity: string;
  readonly cost_basis: string;
  readonly entitled: string;
  readonly last_entry: string | null;
}

/**
 * Locks portfolios, the lowest id first as everyone does, and reads what each holds; those that are done already are left out. What was taken back, and what
 * took it back, never counts.
 */
export async function lockHolders(sql: Sql, action: DueAction, portfolioIds: readonly string[]): Promise<Holder[]> {
  await sql`SELECT FROM portfolios WHERE id = ANY(${portfolioIds}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  const rows = await sql<Row>`
    SELECT p.id, p.user_id, p.status, p.base_currency, p.dividend_choice, done.action_id IS NOT NULL AS is_noted,
      COALESCE(q.quantity + q.reserved_quantity, 0) AS quantity, COALESCE(q.reserved_quantity, 0) AS reserved_quantity, COALESCE(q.cost_basis, 0) AS cost_basis,
      COALESCE(e.entitled, 0) AS entitled, e.last_entry
    FROM portfolios p
    LEFT JOIN portfolio_actions done ON done.portfolio_id = p.id AND done.action_id = ${action.id}
    LEFT JOIN positions q ON q.portfolio_id = p.id AND q.instrument_id = ${action.instrumentId}
    LEFT JOIN LATERAL (
      SELECT sum(l.amount) FILTER (WHERE l.instrument_id = ${action.instrumentId} AND l.effective_date < ${action.exDate}::date) AS entitled,
        max(l.effective_date) FILTER (WHERE l.kind NOT IN ('HOLD', 'RELEASE') AND NOT EXISTS (
          SELECT FROM portfolio_actions x JOIN corporate_actions c ON c.id = x.action_id
          WHERE x.transaction_id = l.transaction_id AND c.effective_date = ${action.effectiveDate}::date)) AS last_entry
      FROM postings l
      WHERE l.portfolio_id = p.id AND l.instrument_id = ANY(${[action.instrumentId, action.newInstrumentId]}::uuid[]) AND l.account IN ('holding', 'reserved')
        AND l.reverses_transaction_id IS NULL AND NOT EXISTS (SELECT FROM postings r WHERE r.reverses_transaction_id = l.transaction_id)
    ) e ON true
    WHERE p.id = ANY(${portfolioIds}::uuid[]) AND (done.status IS NULL OR done.status IN ('DUE', 'BLOCKED'))
    ORDER BY p.id`;
  return rows.map((row) => ({
    portfolioId: row.id,
    userId: row.user_id,
    status: row.status,
    baseCurrency: row.base_currency,
    reinvests: row.dividend_choice === 'REINVEST',
    isNoted: row.is_noted,
    quantity: decimal(row.quantity),
    reserved: decimal(row.reserved_quantity),
    cost: decimal(row.cost_basis),
    entitled: decimal(row.entitled),
    lastEntry: row.last_entry === null ? null : parseLocalDate(row.last_entry),
  }));
}

/** The close of the first session from the day on that has one, no later than `through`: what a dividend of that day buys at. */
export async function closeOnOrAfter(
  sql: Sql,
  { instrumentId, date, through }: { readonly instrumentId: string; readonly date: LocalDate; readonly through: LocalDate },
): Promise<{ readonly price: Decimal; readonly date: LocalDate } | undefined> {
  const [row] = await sql<{ close: string; session_date: string }>`
    SELECT close, session_date FROM market_data_daily
    WHERE instrument_id = ${instrumentId} AND session_date >= ${date}::date AND session_date <= LEAST(${through}::date, ${date}::date + 10)
      AND bucket >= ${date}::timestamp AT TIME ZONE 'UTC' AND bucket < (${date}::date + 11)::timestamp AT TIME ZONE 'UTC'
    ORDER BY session_date LIMIT 1`;
  return row === undefined ? undefined : { price: decimal(row.close), date: parseLocalDate(row.session_date) };
}
