import { portfolio } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { portfolioView, type PortfolioRow } from './portfolio-view.ts';

const PORTFOLIOS_MAX = 200;

/** The caller's own: row-level security leaves no others. */
export const listHandler = handler(portfolio.list, async ({ sql }) => {
  const rows = await sql<PortfolioRow>`
    SELECT id, name, description, base_currency, status, opened_on FROM portfolios ORDER BY created_at DESC, id DESC LIMIT ${PORTFOLIOS_MAX}`;
  return { items: rows.map(portfolioView) };
});
