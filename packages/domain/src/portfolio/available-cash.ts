import { decimal, toDecimalString, ZERO, type CurrencyCode, type Decimal } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';
import type { LockedPortfolio } from './lock-portfolio.ts';

/** What may leave a locked portfolio in one currency: reserved cash is not in it. Under the lock nobody else changes it. */
export async function availableCash(sql: Sql, portfolio: LockedPortfolio, currency: CurrencyCode): Promise<Decimal> {
  if (currency === portfolio.baseCurrency) return portfolio.cashBalance;
  const [row] = await sql<{ balance: string }>`
    SELECT balance FROM cash_balances WHERE portfolio_id = ${portfolio.id} AND currency_code = ${currency}`;
  return row === undefined ? ZERO : decimal(row.balance);
}

export interface CashNeed {
  readonly portfolio: LockedPortfolio;
  readonly currency: CurrencyCode;
  readonly amount: Decimal;
}

interface CashContext {
  readonly sql: Sql;
  readonly refuse: (code: 'INSUFFICIENT_CASH', details: Record<string, unknown>) => never;
}

/** Refuses when less than that is available. @returns what is left */
export async function requireCash(ctx: CashContext, { portfolio, currency, amount }: CashNeed): Promise<Decimal> {
  const available = await availableCash(ctx.sql, portfolio, currency);
  const left = available.minus(amount);
  if (left.isNegative()) {
    return ctx.refuse('INSUFFICIENT_CASH', { amount: toDecimalString(amount), currency, available: toDecimalString(available) });
  }
  return left;
}
