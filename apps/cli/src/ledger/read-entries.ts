import type { Outputs, TriiClient } from '@trii/client';
import { CodedError } from '@trii/kernel';

export type LedgerEntry = Outputs['portfolio']['ledger']['items'][number];

const PAGE = 200;
const PAGES_MAX = 50_000;

/** The whole ledger of a portfolio, oldest transaction first, one page in memory at a time. */
export async function* readEntries(client: TriiClient, portfolioId: string): AsyncGenerator<LedgerEntry> {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const { items, nextCursor } = await client.portfolio.ledger.query({
      portfolioId,
      order: 'oldest',
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* items;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
  throw new CodedError('LEDGER_TOO_LONG', `This ledger has more than ${PAGE * PAGES_MAX} transactions.`);
}
