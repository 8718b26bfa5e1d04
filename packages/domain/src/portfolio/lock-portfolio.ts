import type { OutputOf, portfolio } from '@trii/contract';
import { decimal, parseLocalDate, type CurrencyCode, type Decimal, type LocalDate } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';

type PortfolioStatus = OutputOf<typeof portfolio.open>['status'];

/** The aggregate as it stands under its lock. Amounts are in the base currency. */
export interface LockedPortfolio {
  readonly id: string;
  readonly userId: string;
  readonly status: PortfolioStatus;
  readonly baseCurrency: CurrencyCode;
  readonly openedOn: LocalDate;
  readonly lastEntryDate: LocalDate | null;
  /** Available: reserved cash is not in it. */
  readonly cashBalance: Decimal;
  readonly investedAmount: Decimal;
  readonly realizedPnl: Decimal;
}

interface Row {
  id: string;
  user_id: string;
  status: PortfolioStatus;
  base_currency: string;
  opened_on: string;
  last_entry_date: string | null;
  cash_balance: string;
  invested_amount: string;
  realized_pnl: string;
}

export interface LockContext {
  readonly sql: Sql;
  readonly refuse: (code: 'NOT_FOUND' | 'PORTFOLIO_NOT_ACTIVE', details: Record<string, unknown>) => never;
}

/**
 * Loads a portfolio and locks its row, before anything that depends on it is read: whoever changes cash, positions or trades of one portfolio takes
 * turns here. NO KEY UPDATE is as exclusive among writers, yet lets others insert rows that merely refer to the portfolio. Another investor's
 * portfolio is not visible under row-level security, and so is refused as one that does not exist. A suspended portfolio may do all but buy.
 */
export async function lockPortfolio(
  ctx: LockContext,
  portfolioId: string,
  allowed: readonly PortfolioStatus[] = ['ACTIVE'],
): Promise<LockedPortfolio> {
  const [row] = await ctx.sql<Row>`
    SELECT id, user_id, status, base_currency, opened_on, last_entry_date, cash_balance, invested_amount, realized_pnl
    FROM portfolios WHERE id = ${portfolioId} FOR NO KEY UPDATE`;
  if (row === undefined) return ctx.refuse('NOT_FOUND', { portfolioId });
  if (!allowed.includes(row.status)) return ctx.refuse('PORTFOLIO_NOT_ACTIVE', { portfolioId, status: row.status });
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    baseCurrency: row.base_currency,
    openedOn: parseLocalDate(row.opened_on),
    lastEntryDate: row.last_entry_date === null ? null : parseLocalDate(row.last_entry_date),
    cashBalance: decimal(row.cash_balance),
    investedAmount: decimal(row.invested_amount),
    realizedPnl: decimal(row.realized_pnl),
  };
}
