import { portfolio } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { lockPortfolio } from '../lock-portfolio.ts';

/** Counts for every dividend that is paid from now on. */
export const setDividendChoiceHandler = handler(portfolio.setDividendChoice, async (ctx, { portfolioId, choice }) => {
  const { userId } = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  await ctx.sql`UPDATE portfolios SET dividend_choice = ${choice}, updated_at = now() WHERE id = ${portfolioId}`;
  ctx.note({ newValues: { choice } });
  ctx.emit(portfolio.PortfolioChanged, { aggregateId: portfolioId, userId, payload: { portfolioId } });
  return { portfolioId, choice };
});
