import { analytics, type InputOf } from '@trii/contract';
import { handler, type ChunkContext } from '../platform/index.ts';
import { snapshotCalendar, snapshotSession } from './snapshot-session.ts';
import { waitForValuing } from './valuing-turn.ts';

const PORTFOLIOS_PER_CHUNK = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const ENDED = { cursor: null, counts: {}, rows: 0 };

type Changes = InputOf<typeof analytics.reopenForRates>['changes'];

/**
 * Exchange rates of a time that snapshots were valued at came late or were corrected: marks from where on they are out of date, for every portfolio with cash or
 * instruments that those rates value. Rates newer than the newest session's close value no snapshot yet, so that those that come all day cost nothing.
 */
export const reopenForRatesHandler = handler(analytics.reopenForRates, {
  progress: ({ entryId }) => ({ shard: '*', runKey: entryId }),
  async chunk(context, { changes }, cursor) {
    const newest = await snapshotSession(context.sql, context.clock);
    if (newest === undefined) return ENDED;
    const close = snapshotCalendar.sessionClose(newest).toISOString();
    const past = changes.filter(({ since }) => since <= close);
    if (past.length === 0) return ENDED;
    await waitForValuing(context.sql);
    return markPage(context, past, typeof cursor === 'string' ? cursor : FIRST_ID);
  },
  finish: ({ portfolios = 0 }) => ({ portfolios }),
});

/** A rate values a portfolio when both its currencies are among the portfolio's base currency, one that it holds, and the pivot. */
async function markPage({ sql }: ChunkContext, changes: Changes, after: string) {
  const page = await sql<{ id: string }>`SELECT id FROM portfolios WHERE id > ${after}::uuid ORDER BY id LIMIT ${PORTFOLIOS_PER_CHUNK}`;
  const ids = page.map(({ id }) => id);
  const marked = await sql<{ id: string }>`
    WITH changed AS (
      SELECT c.a, c.b, (c.since AT TIME ZONE 'UTC')::date AS from_date FROM unnest(${changes.map(({ from }) => from)}::text[], ${changes.map(({ to }) => to)}::text[],
        ${changes.map(({ since }) => since)}::timestamptz[]) AS c (a, b, since)
    ), held AS MATERIALIZED (
      SELECT p.id, p.base_currency::text AS base, h.code FROM portfolios p CROSS JOIN LATERAL (
        SELECT currency_code::text AS code FROM cash_balances WHERE portfolio_id = p.id
        UNION SELECT i.currency_code::text FROM positions q JOIN instruments i ON i.id = q.instrument_id
        WHERE q.portfolio_id = p.id AND i.currency_code <> p.base_currency
      ) h WHERE p.id = ANY(${ids}::uuid[])
    ), affected AS (
      SELECT h.id, min(c.from_date) AS from_date FROM held h CROSS JOIN fx_policy f
      JOIN changed c ON c.a IN (h.base, h.code, f.pivot_currency) AND c.b IN (h.base, h.code, f.pivot_currency) GROUP BY h.id
    ), due AS MATERIALIZED (
      SELECT p.id, a.from_date FROM affected a JOIN portfolios p ON p.id = a.id
      WHERE (p.snapshots_dirty_from IS NULL OR p.snapshots_dirty_from > a.from_date)
        AND EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date >= a.from_date)
      ORDER BY p.id FOR NO KEY UPDATE OF p
    )
    UPDATE portfolios p SET snapshots_dirty_from = LEAST(p.snapshots_dirty_from, due.from_date), updated_at = now()
    FROM due WHERE p.id = due.id RETURNING p.id`;
  const isLast = ids.length < PORTFOLIOS_PER_CHUNK;
  return { cursor: isLast ? null : (ids.at(-1) ?? null), counts: { portfolios: marked.length }, rows: marked.length };
}
