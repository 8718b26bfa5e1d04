import type { OutputOf, portfolio } from '@trii/contract';
import { decimal, invariant, toDecimalString, type Decimal } from '@trii/kernel';
import type { CommandContext, Sql } from '../../platform/index.ts';
import type { Asset } from '../ledger-transaction.ts';
import { remainingOf, type Hold, type HoldHolder, type HoldStatus } from './hold.ts';

type View = OutputOf<typeof portfolio.placeHold>;

/** A hold with what it is of. */
export interface KeptHold extends Hold {
  readonly id: string;
  readonly portfolioId: string;
  readonly userId: string;
  readonly asset: Asset;
  readonly holder: HoldHolder;
  readonly reason: string;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly portfolio_id: string;
  readonly currency_code: string | null;
  readonly instrument_id: string | null;
  readonly symbol: string | null;
  readonly amount: string;
  readonly consumed_amount: string;
  readonly status: HoldStatus;
  readonly holder: HoldHolder;
  readonly reason: string;
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly is_lapsed: boolean;
}

/** Newest first; those of one portfolio, or of nobody's when another investor's is asked for. */
export async function readHolds(
  sql: Sql,
  portfolioId: string,
  {
    ids,
    show,
    before,
    limit,
  }: { readonly ids?: readonly string[]; readonly show: 'active' | 'all'; readonly before: string; readonly limit: number },
): Promise<View[]> {
  const rows = await sql<Row>`
    SELECT h.id, h.user_id, h.portfolio_id, h.currency_code, h.instrument_id, i.symbol, h.amount, h.consumed_amount, h.status, h.holder, h.reason,
      to_char(h.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at,
      to_char(h.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at, false AS is_lapsed
    FROM holds h LEFT JOIN instruments i ON i.id = h.instrument_id
    WHERE h.portfolio_id = ${portfolioId} AND h.id < ${before}::uuid AND (${show === 'all'}::boolean OR h.status = 'ACTIVE')
      AND (${ids ?? null}::uuid[] IS NULL OR h.id = ANY(${ids ?? null}::uuid[]))
    ORDER BY h.id DESC LIMIT ${limit}`;
  return rows.map(viewOf);
}

export interface FindContext extends Pick<CommandContext, 'sql' | 'clock'> {
  readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED', details: Record<string, unknown>) => never;
}

/**
 * An active hold, under its portfolio's lock. One whose time has come counts as expired, swept or not: whoever comes later than that gets nothing
 * of it, and the sweep gives all of it back.
 */
export async function findActiveHold(ctx: FindContext, portfolioId: string, holdId: string): Promise<KeptHold> {
  const [row] = await ctx.sql<Row>`
    SELECT id, user_id, portfolio_id, currency_code, instrument_id, NULL AS symbol, amount, consumed_amount, status, holder, reason, NULL AS expires_at,
      NULL AS created_at, COALESCE(expires_at <= ${ctx.clock.now().toISOString()}::timestamptz, false) AS is_lapsed
    FROM holds WHERE id = ${holdId} AND portfolio_id = ${portfolioId} FOR NO KEY UPDATE`;
  if (row === undefined) return ctx.refuse('NOT_FOUND', { holdId });
  const status = row.status === 'ACTIVE' && row.is_lapsed ? 'EXPIRED' : row.status;
  if (status !== 'ACTIVE') return ctx.refuse('HOLD_ENDED', { holdId, status });
  return keptHold(row);
}

export function keptHold(row: Omit<Row, 'symbol' | 'expires_at' | 'created_at' | 'is_lapsed'>): KeptHold {
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    userId: row.user_id,
    asset: assetOf(row),
    holder: row.holder,
    reason: row.reason,
    status: row.status,
    amount: decimal(row.amount),
    consumed: decimal(row.consumed_amount),
  };
}

function assetOf({ currency_code: currency, instrument_id: instrumentId }: Pick<Row, 'currency_code' | 'instrument_id'>): Asset {
  if (currency !== null) return { currency };
  invariant(instrumentId !== null, 'a hold is of money or of units');
  return { instrumentId };
}

function viewOf(row: Row): View {
  const { amount, consumed, status } = keptHold(row);
  const text = (figure: Decimal): string => toDecimalString(figure);
  return {
    id: row.id,
    portfolioId: row.portfolio_id,
    holder: row.holder,
    status,
    currency: row.currency_code,
    symbol: row.symbol,
    amount: text(amount),
    consumedAmount: text(consumed),
    remainingAmount: text(remainingOf({ amount, consumed, status })),
    reason: row.reason,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  };
}
