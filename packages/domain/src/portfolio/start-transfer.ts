import { parseLocalDate, type LocalDate } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../platform/index.ts';
import { entryDate } from './entry-date.ts';
import { lockPortfolio, type LockedPortfolio } from './lock-portfolio.ts';

export interface TransferInput {
  readonly fromPortfolioId: string;
  readonly toPortfolioId: string;
  readonly date?: string | undefined;
}

export interface Transfer {
  readonly from: LockedPortfolio;
  readonly to: LockedPortfolio;
  readonly date: LocalDate;
}

type TransferCode =
  | 'SAME_PORTFOLIO'
  | 'NOT_FOUND'
  | 'PORTFOLIO_NOT_ACTIVE'
  | 'CURRENCY_MISMATCH'
  | 'DATE_IN_FUTURE'
  | 'DATE_BEFORE_OPENING'
  | 'DATE_OUT_OF_ORDER';

export interface TransferContext extends Pick<CommandContext, 'sql' | 'clock'> {
  readonly refuse: (code: TransferCode, details: Record<string, unknown>) => never;
}

/** Locks both portfolios, the lower id first whichever way it goes, so that two opposite transfers cannot wait for each other, and checks what both must be. */
export async function startTransfer(ctx: TransferContext, input: TransferInput): Promise<Transfer> {
  const { fromPortfolioId, toPortfolioId } = input;
  if (fromPortfolioId === toPortfolioId) return ctx.refuse('SAME_PORTFOLIO', { portfolioId: fromPortfolioId });
  const locked = new Map<string, LockedPortfolio>();
  for (const id of [fromPortfolioId, toPortfolioId].toSorted()) locked.set(id, await lockPortfolio(ctx, id, ['ACTIVE', 'SUSPENDED']));
  const from = locked.get(fromPortfolioId);
  const to = locked.get(toPortfolioId);
  if (from === undefined || to === undefined) return ctx.refuse('NOT_FOUND', { fromPortfolioId, toPortfolioId });
  // What units cost is kept in the base currency: elsewhere it would be another figure.
  if (from.baseCurrency !== to.baseCurrency) {
    return ctx.refuse('CURRENCY_MISMATCH', { currency: from.baseCurrency, baseCurrency: to.baseCurrency });
  }
  const today = await valuationDate(ctx.sql, ctx.clock);
  const requested = input.date === undefined ? undefined : parseLocalDate(input.date);
  const date = entryDate(ctx, requested, { ...from, valuationDate: today });
  return { from, to, date: entryDate(ctx, date, { ...to, valuationDate: today }) };
}
