import { portfolio } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { ledgerDifferences } from './ledger-differences.ts';

const PORTFOLIOS_PER_CHUNK = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Every projection of the ledger computed again from the postings and compared to the last decimal, portfolio by portfolio. Whatever differs is told
 * with both figures in log and audit, and by an event for each portfolio; nothing is mended, since which side is right is for people to find out.
 */
export const checkLedgerHandler = handler(portfolio.checkLedger, {
  progress: ({ runKey }) => ({ shard: '*', runKey }),
  async chunk({ sql, emit }, _input, cursor) {
    const after = typeof cursor === 'string' ? cursor : FIRST_ID;
    const page = await sql<{ id: string; user_id: string }>`
      SELECT id, user_id FROM portfolios WHERE id > ${after}::uuid ORDER BY id LIMIT ${PORTFOLIOS_PER_CHUNK}`;
    const ids = page.map(({ id }) => id);
    const { postings, differences } = await ledgerDifferences(sql, ids);
    for (const { id, user_id: userId } of page) {
      const count = differences.filter(({ portfolioId }) => portfolioId === id).length;
      if (count > 0) emit(portfolio.LedgerDiffers, { aggregateId: id, userId, payload: { portfolioId: id, differences: count } });
    }
    return {
      cursor: ids.length < PORTFOLIOS_PER_CHUNK ? null : (ids.at(-1) ?? null),
      counts: { portfolios: ids.length, postings, differences: differences.length },
      rows: 0,
      ...(differences.length > 0 ? { problems: differences.map((difference) => ({ ...difference })) } : {}),
    };
  },
  finish: ({ portfolios = 0, postings = 0, differences = 0 }) => ({ portfolios, postings, differences }),
});
