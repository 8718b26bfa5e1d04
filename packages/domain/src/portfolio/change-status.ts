import { portfolio, type OutputOf } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { handler, type CommandContext } from '../platform/index.ts';
import { lockPortfolio, type LockedPortfolio } from './lock-portfolio.ts';
import { portfolioView, type PortfolioRow } from './portfolio-view.ts';

type View = OutputOf<typeof portfolio.suspend>;

/** No purchases from here on. */
export const suspendHandler = handler(portfolio.suspend, async (ctx, { portfolioId }) =>
  setStatus(ctx, await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']), 'SUSPENDED'),
);

/** Purchases again. */
export const resumeHandler = handler(portfolio.resume, async (ctx, { portfolioId }) =>
  setStatus(ctx, await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']), 'ACTIVE'),
);

/** Closed for good, and only when nothing is left in it: whatever was overlooked would be out of its owner's reach. */
export const closeHandler = handler(portfolio.close, async (ctx, { portfolioId }) => {
  const locked = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const [left] = await ctx.sql<{ cash: boolean; holdings: number }>`
    SELECT p.cash_balance <> 0 OR p.reserved_cash <> 0
        OR EXISTS (SELECT FROM cash_balances c WHERE c.portfolio_id = p.id AND (c.balance <> 0 OR c.reserved <> 0)) AS cash,
      (SELECT count(*)::int FROM positions q WHERE q.portfolio_id = p.id AND (q.quantity <> 0 OR q.reserved_quantity <> 0)) AS holdings
    FROM portfolios p WHERE p.id = ${portfolioId}`;
  if (left === undefined || left.cash || left.holdings > 0) return ctx.refuse('PORTFOLIO_NOT_FLAT', { portfolioId, ...left });
  return setStatus(ctx, locked, 'CLOSED');
});

async function setStatus(ctx: CommandContext, { id, userId, status: before }: LockedPortfolio, status: View['status']): Promise<View> {
  const [row] = await ctx.sql<PortfolioRow>`
    UPDATE portfolios SET status = ${status}::portfolio_status, updated_at = now()
    WHERE id = ${id} RETURNING id, name, description, base_currency, status, opened_on`;
  invariant(row !== undefined, 'a locked portfolio is there');
  ctx.note({ oldValues: { status: before }, newValues: { status } });
  if (before !== status) ctx.emit(portfolio.PortfolioChanged, { aggregateId: id, userId, payload: { portfolioId: id } });
  return portfolioView(row);
}
