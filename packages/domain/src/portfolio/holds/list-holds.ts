import { portfolio } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { LAST_ID, requirePortfolio } from '../read-ledger.ts';
import { readHolds } from './read-holds.ts';

/** Whatever keeps something of the portfolio, whomever it serves. */
export const holdsHandler = handler(portfolio.holds, async ({ sql }, { portfolioId, show, cursor, limit }) => {
  const found = await readHolds(sql, portfolioId, { show, before: cursor ?? LAST_ID, limit: limit + 1 });
  if (found.length === 0) await requirePortfolio(sql, portfolioId);
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
});
