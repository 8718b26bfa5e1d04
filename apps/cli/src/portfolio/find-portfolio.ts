import type { Outputs, TriiClient } from '@trii/client';
import { CodedError } from '@trii/kernel';

type Portfolio = Outputs['portfolio']['list']['items'][number];

/**
 * One of the investor's portfolios by id or name; the newest when nothing is asked for.
 * @throws CodedError NOT_FOUND, with the names that there are
 */
export async function findPortfolio(client: TriiClient, wanted: string | undefined): Promise<Portfolio> {
  const { items } = await client.portfolio.list.query({});
  const found = wanted === undefined ? items[0] : items.find((item) => item.id === wanted || item.name === wanted);
  if (found !== undefined) return found;
  const names = items.map((item) => `"${item.name}"`).join(', ');
  throw new CodedError(
    'NOT_FOUND',
    items.length === 0 ? 'This investor has no portfolio.' : `There is no such portfolio; this investor has ${names}.`,
  );
}
