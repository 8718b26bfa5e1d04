import { decimal, isCalendarCode, tradingCalendar, type CurrencyCode, type Decimal, type TradingCalendar } from '@trii/kernel';
import type { CostedPosition } from '@trii/quant';
import type { Sql } from '../platform/index.ts';
import type { LockedPortfolio } from '../portfolio/index.ts';

/** An instrument that may be dealt in, and what the portfolio holds of it. */
export interface DealtInstrument {
  readonly id: string;
  /** It is paid for in this one. */
  readonly currency: CurrencyCode;
  readonly calendar: TradingCalendar;
  /** All that is held, reserved or not: average cost spreads over everything. */
  readonly position: CostedPosition;
  /** What may be sold. */
  readonly available: Decimal;
}

interface Row {
  readonly id: string;
  readonly currency_code: CurrencyCode;
  readonly exchange_code: string | null;
  readonly is_tradeable: boolean;
  readonly quantity: string;
  readonly reserved_quantity: string;
  readonly cost_basis: string;
}

export interface FindContext {
  readonly sql: Sql;
  readonly refuse: (code: 'NOT_FOUND' | 'INSTRUMENT_NOT_TRADEABLE', details: Record<string, unknown>) => never;
}

/** Reads instrument and position in one statement, after the portfolio's lock: nobody changes the position until this transaction ends. */
export async function findDealtInstrument(
  ctx: FindContext,
  portfolio: LockedPortfolio,
  { symbol, date }: { readonly symbol: string; readonly date: string },
): Promise<DealtInstrument> {
  const [row] = await ctx.sql<Row>`
    SELECT i.id, i.currency_code, i.exchange_code, i.is_tradeable AND NOT EXISTS (
        SELECT FROM corporate_actions a WHERE a.instrument_id = i.id AND a.kind = 'DELISTING' AND a.status <> 'CANCELLED' AND a.ex_date <= ${date}::date) AS is_tradeable,
      coalesce(p.quantity, 0) AS quantity, coalesce(p.reserved_quantity, 0) AS reserved_quantity, coalesce(p.cost_basis, 0) AS cost_basis
    FROM instruments i LEFT JOIN positions p ON p.instrument_id = i.id AND p.portfolio_id = ${portfolio.id}
    WHERE i.id = instrument_named(${symbol})`;
  if (row === undefined) return ctx.refuse('NOT_FOUND', { symbol });
  if (!row.is_tradeable) return ctx.refuse('INSTRUMENT_NOT_TRADEABLE', { symbol });
  // Without a calendar nobody can say on which days it trades.
  if (!isCalendarCode(row.exchange_code)) return ctx.refuse('INSTRUMENT_NOT_TRADEABLE', { symbol, exchangeCode: row.exchange_code });
  const available = decimal(row.quantity);
  return {
    id: row.id,
    currency: row.currency_code,
    calendar: tradingCalendar(row.exchange_code),
    position: { quantity: available.plus(decimal(row.reserved_quantity)), cost: decimal(row.cost_basis) },
    available,
  };
}
