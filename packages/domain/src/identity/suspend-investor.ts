import { identity } from '@trii/contract';
import { instant } from '@trii/kernel';
import { handler } from '../platform/index.ts';

interface SuspensionRow {
  readonly before_ms: number | null;
  readonly since_ms: number;
}

/** Counts from the investor's next call on: `authorise` asks the database at each that deals. */
export const suspendInvestorHandler = handler(identity.suspendInvestor, async (ctx, { userId, reason }) => {
  const now = ctx.clock.now();
  const [row] = await ctx.sql<SuspensionRow>`
    WITH before AS (SELECT id, suspended_at FROM users WHERE id = ${userId} FOR UPDATE)
    UPDATE users u SET suspended_at = COALESCE(before.suspended_at, ${now}), updated_at = ${now} FROM before WHERE u.id = before.id
    RETURNING (extract(epoch FROM before.suspended_at) * 1000)::float8 AS before_ms, (extract(epoch FROM u.suspended_at) * 1000)::float8 AS since_ms`;
  if (row === undefined) return ctx.refuse('NOT_FOUND');
  ctx.note({ oldValues: { isSuspended: row.before_ms !== null }, newValues: { isSuspended: true, reason } });
  return { suspendedAt: instant(row.since_ms).toISOString() };
});

export const resumeInvestorHandler = handler(identity.resumeInvestor, async (ctx, { userId, reason }) => {
  const [row] = await ctx.sql<{ was_suspended: boolean }>`
    WITH before AS (SELECT id, suspended_at FROM users WHERE id = ${userId} FOR UPDATE)
    UPDATE users u SET suspended_at = NULL, updated_at = ${ctx.clock.now()} FROM before WHERE u.id = before.id
    RETURNING before.suspended_at IS NOT NULL AS was_suspended`;
  if (row === undefined) return ctx.refuse('NOT_FOUND');
  ctx.note({ oldValues: { isSuspended: row.was_suspended }, newValues: { isSuspended: false, reason } });
  return { wasSuspended: row.was_suspended };
});
