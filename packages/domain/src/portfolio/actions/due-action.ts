import { decimal, parseLocalDate, type Decimal, type LocalDate } from '@trii/kernel';
import type { Sql } from '../../platform/index.ts';

/** An announced action that moves something in portfolios. */
export interface DueAction {
  readonly id: string;
  readonly kind: 'DIVIDEND' | 'SPLIT' | 'SPIN_OFF' | 'DELISTING';
  readonly instrumentId: string;
  readonly symbol: string;
  readonly currency: string;
  /** Of the instrument's prices. */
  readonly priceCurrency: string;
  readonly exDate: LocalDate;
  readonly effectiveDate: LocalDate;
  readonly amount: Decimal;
  readonly withholdingPct: Decimal;
  readonly ratio: { readonly from: number; readonly to: number };
  readonly fractionPrice: Decimal | null;
  readonly newInstrumentId: string | null;
  readonly cost: { readonly part: Decimal; readonly whole: Decimal };
}

interface Row {
  readonly id: string;
  readonly kind: DueAction['kind'];
  readonly instrument_id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly price_currency: string;
  readonly ex_date: string;
  readonly effective_date: string;
  readonly amount: string | null;
  readonly withholding_pct: string | null;
  readonly ratio_from: number | null;
  readonly ratio_to: number | null;
  readonly fraction_price: string | null;
  readonly new_instrument_id: string | null;
  readonly cost_part: string | null;
  readonly cost_whole: string | null;
}

export interface Among {
  readonly shard: number;
  readonly through: LocalDate;
  /** Only actions after this one, in the order of their days. */
  readonly after: { readonly date: string; readonly id: string };
}

/** Before every other. */
export const FIRST_ACTION = { date: '0001-01-01', id: '00000000-0000-0000-0000-000000000000' } as const;

/** The next action with portfolios of that part still to do: the part's bit is not set, or a portfolio asked once more. */
export async function nextDueAction(sql: Sql, { shard, through, after }: Among): Promise<DueAction | undefined> {
  const rows = await sql<Row>`
    SELECT a.*, a.instrument_id, i.symbol, COALESCE(a.currency_code, i.currency_code) AS currency, i.currency_code AS price_currency
    FROM corporate_actions a JOIN instruments i ON i.id = a.instrument_id
    WHERE a.effective_date <= ${through}::date AND (a.effective_date, a.id) > (${after.date}::date, ${after.id}::uuid)
      AND a.status <> 'CANCELLED' AND a.kind <> 'SYMBOL_CHANGE'
      AND ((a.status = 'ANNOUNCED' AND (a.applied_shards >> ${shard}::int) & 1 = 0)
        OR EXISTS (SELECT FROM portfolio_actions p WHERE p.action_id = a.id AND p.transaction_id IS NULL AND p.status IN ('DUE', 'BLOCKED')
          AND right(p.portfolio_id::text, 1) = ${shard.toString(16)}))
    ORDER BY a.effective_date, a.id LIMIT 1`;
  return rows.map(dueAction)[0];
}

/** What has to be done of one instrument before an entry of that date, in order. Mostly none: what every part has done is not looked at again. */
export async function dueActionsOf(
  sql: Sql,
  { portfolioId, instrumentId, through }: { readonly portfolioId: string; readonly instrumentId: string; readonly through: LocalDate },
): Promise<DueAction[]> {
  const rows = await sql<Row>`
    SELECT a.*, i.symbol, COALESCE(a.currency_code, i.currency_code) AS currency, i.currency_code AS price_currency
    FROM corporate_actions a JOIN instruments i ON i.id = a.instrument_id
    LEFT JOIN portfolio_actions p ON p.action_id = a.id AND p.portfolio_id = ${portfolioId}
    WHERE (a.instrument_id = ${instrumentId} OR a.new_instrument_id = ${instrumentId}) AND a.effective_date <= ${through}::date
      AND a.status <> 'CANCELLED' AND a.kind <> 'SYMBOL_CHANGE'
      AND ((p.action_id IS NULL AND (a.applied_shards >> ${shardOf(portfolioId)}::int) & 1 = 0) OR p.status IN ('DUE', 'BLOCKED'))
    ORDER BY a.effective_date, a.id`;
  return rows.map(dueAction);
}

/** The part of the id space: the last hexadecimal digit, since a UUID v7 begins with time. */
export const shardOf = (portfolioId: string): number => Number.parseInt(portfolioId.slice(-1), 16);

function dueAction(row: Row): DueAction {
  return {
    id: row.id,
    kind: row.kind,
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    currency: row.currency,
    priceCurrency: row.price_currency,
    exDate: parseLocalDate(row.ex_date),
    effectiveDate: parseLocalDate(row.effective_date),
    amount: decimal(row.amount ?? 0),
    withholdingPct: decimal(row.withholding_pct ?? 0),
    ratio: { from: row.ratio_from ?? 1, to: row.ratio_to ?? 1 },
    fractionPrice: row.fraction_price === null ? null : decimal(row.fraction_price),
    newInstrumentId: row.new_instrument_id,
    cost: { part: decimal(row.cost_part ?? 0), whole: decimal(row.cost_whole ?? 1) },
  };
}
