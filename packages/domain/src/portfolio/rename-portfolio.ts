import { portfolio } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { lockPortfolio } from './lock-portfolio.ts';
import { portfolioView, type PortfolioRow } from './portfolio-view.ts';

/** Another name; a description that is left out stays, and null takes it away. */
export const renameHandler = handler(portfolio.rename, async (ctx, { portfolioId, name, description }) => {
  const { userId } = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const [row] = await ctx.sql<PortfolioRow>`
    UPDATE portfolios SET name = ${name}, description = CASE WHEN ${description === undefined} THEN description ELSE ${description ?? null} END, updated_at = now()
    WHERE id = ${portfolioId} RETURNING id, name, description, base_currency, status, opened_on`;
  invariant(row !== undefined, 'a locked portfolio is there');
  ctx.emit(portfolio.PortfolioChanged, { aggregateId: portfolioId, userId, payload: { portfolioId } });
  return portfolioView(row);
});
