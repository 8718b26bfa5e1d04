import { analytics, type InputOf } from '@trii/contract';
import { handler, type BulkTransaction } from '../platform/index.ts';
import { waitForValuing } from './valuing-turn.ts';

/** Rows locked in one transaction: a popular instrument stands in very many portfolios. */
const PORTFOLIOS_PER_CHUNK = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * A day valued with a stale price, or with one that was corrected, is valued again: marks, for every portfolio that ever held one of the
 * instruments and has snapshots of that day or later, from where on they are out of date. Marking twice changes nothing.
 */
export const reopenSnapshotsHandler = handler(analytics.reopenSnapshots, {
  progress: ({ importId }) => ({ shard: '*', runKey: importId }),
  chunk: (context, input, cursor) => markChunk(context, input, cursor),
  finish: ({ portfolios = 0 }) => ({ portfolios }),
});

/** The same for a corporate action that was entered, or taken back, after its ex date: what is owed for it, and a close carried over it, were valued without it. */
export const reopenForActionsHandler = handler(analytics.reopenForActions, {
  progress: ({ actionId, status }) => ({ shard: status, runKey: actionId }),
  chunk: (context, { instrumentId, exDate }, cursor) => markChunk(context, { changes: [{ instrumentId, from: exDate }] }, cursor),
  finish: ({ portfolios = 0 }) => ({ portfolios }),
});

type Changes = Pick<InputOf<typeof analytics.reopenSnapshots>, 'changes'>;

async function markChunk(context: Pick<BulkTransaction, 'sql'>, changed: Changes, cursor: unknown) {
  await waitForValuing(context.sql);
  const ids = await markPage(context, changed, typeof cursor === 'string' ? cursor : FIRST_ID);
  return {
    cursor: ids.length < PORTFOLIOS_PER_CHUNK ? null : (ids.at(-1) ?? null),
    counts: { portfolios: ids.length },
    rows: ids.length,
  };
}

/** Locked in the order of ids, so that two imports cannot wait for each other. */
async function markPage({ sql }: Pick<BulkTransaction, 'sql'>, { changes }: Changes, after: string): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    WITH changed AS (
      SELECT * FROM unnest(${changes.map(({ instrumentId }) => instrumentId)}::uuid[], ${changes.map(({ from }) => from)}::date[]) AS c (instrument_id, from_date)
    ), affected AS MATERIALIZED (
      SELECT q.portfolio_id AS id, min(c.from_date) AS from_date
      FROM changed c JOIN positions q ON q.instrument_id = c.instrument_id
      WHERE q.portfolio_id > ${after}::uuid GROUP BY q.portfolio_id
    ), page AS MATERIALIZED (
      SELECT p.id, a.from_date FROM affected a JOIN portfolios p ON p.id = a.id
      WHERE (p.snapshots_dirty_from IS NULL OR p.snapshots_dirty_from > a.from_date)
        AND EXISTS (SELECT FROM portfolio_snapshots s WHERE s.portfolio_id = p.id AND s.snapshot_date >= a.from_date)
      ORDER BY p.id LIMIT ${PORTFOLIOS_PER_CHUNK} FOR NO KEY UPDATE OF p
    )
    UPDATE portfolios p SET snapshots_dirty_from = LEAST(p.snapshots_dirty_from, page.from_date), updated_at = now()
    FROM page WHERE p.id = page.id RETURNING p.id`;
  return rows.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : 1));
}
