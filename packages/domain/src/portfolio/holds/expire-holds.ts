import { portfolio } from '@trii/contract';
import { parseLocalDate } from '@trii/kernel';
import { handler, type ChunkContext } from '../../platform/index.ts';
import { endHold } from './keep-hold.ts';
import { keptHold, type KeptHold } from './read-holds.ts';

/** Each is a ledger transaction, an event and a lock: a second's work. */
const HOLDS_PER_CHUNK = 200;

export const holdsDueHandler = handler(portfolio.holdsDue, async ({ sql, clock }) => {
  const rows = await sql`SELECT FROM holds WHERE status = 'ACTIVE' AND expires_at <= ${clock.now().toISOString()}::timestamptz LIMIT 1`;
  return { due: rows.length > 0 };
});

/**
 * Gives back what expired holds keep. Portfolios are locked in one order, and each hold is judged again under its lock: whoever consumed or released
 * it a moment before was first, and it is left alone. Safe to run twice, and beside itself.
 */
export const expireHoldsHandler = handler(portfolio.expireHolds, {
  progress: ({ runKey }) => ({ shard: '*', runKey }),
  async chunk(ctx) {
    const due = await lockDue(ctx);
    for (const { hold, openedOn, lastEntryDate } of due) {
      await endHold(ctx, { openedOn, lastEntryDate }, { hold, status: 'EXPIRED' });
      const { portfolioId, userId, id: holdId } = hold;
      ctx.emit(portfolio.HoldExpired, { aggregateId: portfolioId, userId, payload: { portfolioId, holdId } });
    }
    return { cursor: due.length < HOLDS_PER_CHUNK ? null : 'more', counts: { holds: due.length }, rows: due.length };
  },
  finish: ({ holds = 0 }) => ({ holds }),
});

interface DueHold {
  readonly hold: KeptHold;
  readonly openedOn: ReturnType<typeof parseLocalDate>;
  readonly lastEntryDate: ReturnType<typeof parseLocalDate> | null;
}

type HoldRow = Parameters<typeof keptHold>[0] & { readonly opened_on: string; readonly last_entry_date: string | null };

async function lockDue({ sql, clock }: Pick<ChunkContext, 'sql' | 'clock'>): Promise<DueHold[]> {
  const now = clock.now().toISOString();
  const found = await sql<{ id: string; portfolio_id: string }>`
    SELECT id, portfolio_id FROM holds WHERE status = 'ACTIVE' AND expires_at <= ${now}::timestamptz ORDER BY expires_at, id LIMIT ${HOLDS_PER_CHUNK}`;
  await sql`SELECT FROM portfolios WHERE id = ANY(${found.map((row) => row.portfolio_id)}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  const rows = await sql<HoldRow>`
    SELECT h.id, h.user_id, h.portfolio_id, h.currency_code, h.instrument_id, h.amount, h.consumed_amount, h.status, h.holder, h.reason, p.opened_on, p.last_entry_date
    FROM holds h JOIN portfolios p ON p.id = h.portfolio_id
    WHERE h.id = ANY(${found.map(({ id }) => id)}::uuid[]) AND h.status = 'ACTIVE' AND h.expires_at <= ${now}::timestamptz
    ORDER BY h.portfolio_id, h.id FOR NO KEY UPDATE OF h`;
  return rows.map((row) => ({
    hold: keptHold(row),
    openedOn: parseLocalDate(row.opened_on),
    lastEntryDate: row.last_entry_date === null ? null : parseLocalDate(row.last_entry_date),
  }));
}
