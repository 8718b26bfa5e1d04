import { market, portfolio } from '@trii/contract';
import { parseLocalDate } from '@trii/kernel';
import { handler, type CommandContext, type Sql } from '../../platform/index.ts';
import { postLedgers } from '../post-ledger.ts';
import { oppositeOf, type ReversedRow } from '../reverse-entry.ts';
import { renameTargets } from './rename-targets.ts';
import { holdAction } from './standing-action.ts';

type Context = CommandContext<typeof portfolio.takeBackAction>;

/** All of it is one transaction, in which the portfolios are locked: seconds. */
const PORTFOLIOS_MAX = 5_000;
const POSTED_AT_ONCE = 200;
const PROBLEMS_TOLD = 20;

interface Action {
  readonly id: string;
  readonly instrument_id: string;
  readonly kind: string;
  readonly status: string;
  readonly ex_date: string;
  readonly symbol: string;
  readonly old_symbol: string | null;
  readonly new_symbol: string | null;
}

/** What the action did to a portfolio. */
interface Applied {
  readonly portfolio_id: string;
  readonly user_id: string;
  readonly transaction_id: string;
}

/**
 * Takes back what an action did to every portfolio, by the exact opposite of each of its ledger transactions and dated as that was, so that balances, costs, gains and
 * snapshots are as if it had never been entered; then it may be entered anew, in the right terms. All or nothing: where a single portfolio has later entries or actions
 * of the units, keeps them reserved, has spent what was paid or is closed, the whole is refused, and says where and why.
 */
export const takeBackActionHandler = handler(portfolio.takeBackAction, async (ctx, { actionId, reason }) => {
  await holdAction(ctx.sql, actionId, 'alone');
  const [action] = await ctx.sql<Action>`
    SELECT a.id, a.instrument_id, a.kind, a.status, a.ex_date, i.symbol, a.old_symbol, a.new_symbol
    FROM corporate_actions a JOIN instruments i ON i.id = a.instrument_id WHERE a.id = ${actionId} FOR UPDATE OF a`;
  if (action === undefined) return ctx.refuse('NOT_FOUND', { actionId });
  if (action.status === 'CANCELLED') return ctx.refuse('ACTION_IN_EFFECT', { actionId, status: action.status, exDate: action.ex_date });
  const applied = await lockApplied(ctx, action);
  const problems = await findProblems(ctx.sql, applied);
  if (problems.length > 0)
    return ctx.refuse('ACTION_BUILT_UPON', { actionId, portfolios: problems.length, problems: problems.slice(0, PROBLEMS_TOLD) });
  for (let start = 0; start < applied.length; start += POSTED_AT_ONCE)
    await reversePage(ctx, applied.slice(start, start + POSTED_AT_ONCE), reason);
  await undoInstrument(ctx, action);
  await ctx.sql`
    UPDATE portfolio_actions p SET status = 'NOTHING', transaction_id = NULL, reason = 'TAKEN_BACK', updated_at = now()
    FROM positions q WHERE q.instrument_id = ${action.instrument_id} AND p.portfolio_id = q.portfolio_id AND p.action_id = ${actionId}`;
  await ctx.sql`UPDATE corporate_actions SET status = 'CANCELLED', updated_at = now() WHERE id = ${actionId}`;
  const exDate = parseLocalDate(action.ex_date);
  ctx.emit(market.ActionChanged, {
    aggregateId: actionId,
    payload: { actionId, instrumentId: action.instrument_id, exDate, status: 'CANCELLED' },
  });
  const view = { actionId, portfolios: applied.length };
  ctx.note({ oldValues: { status: action.status }, newValues: { ...view, status: 'CANCELLED', reason } });
  return view;
});

/** The lowest id first, as everyone does. */
async function lockApplied(ctx: Context, { id, instrument_id: instrumentId }: Action): Promise<Applied[]> {
  const applied = await ctx.sql<Applied>`
    SELECT p.portfolio_id, p.user_id, p.transaction_id FROM positions q JOIN portfolio_actions p ON p.portfolio_id = q.portfolio_id AND p.action_id = ${id}
    WHERE q.instrument_id = ${instrumentId} AND p.transaction_id IS NOT NULL ORDER BY p.portfolio_id LIMIT ${PORTFOLIOS_MAX + 1}`;
  if (applied.length > PORTFOLIOS_MAX) ctx.refuse('ACTION_TOO_WIDE', { actionId: id, portfoliosMax: PORTFOLIOS_MAX });
  await ctx.sql`SELECT FROM portfolios WHERE id = ANY(${applied.map(({ portfolio_id: of }) => of)}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
  return applied;
}

interface Problem {
  readonly portfolioId: string;
  readonly reason: 'PORTFOLIO_CLOSED' | 'LATER_ENTRIES' | 'UNITS_RESERVED' | 'CASH_SPENT';
}

/** A later dividend was reckoned for the units that the action left, so it counts as well. What was taken back meanwhile does not. */
async function findProblems(sql: Sql, applied: readonly Applied[]): Promise<Problem[]> {
  return sql<Problem>`
    WITH applied AS (
      SELECT * FROM unnest(${applied.map(({ portfolio_id: id }) => id)}::uuid[], ${applied.map(({ transaction_id: id }) => id)}::uuid[]) AS a (portfolio_id, transaction_id)
    ), lines AS MATERIALIZED (
      SELECT l.* FROM applied a JOIN postings l ON l.portfolio_id = a.portfolio_id AND l.transaction_id = a.transaction_id
    ), moved AS (
      SELECT DISTINCT portfolio_id, transaction_id, instrument_id FROM lines WHERE account IN ('holding', 'reserved') AND instrument_id IS NOT NULL
    ), judged AS (
      SELECT p.id, p.status = 'CLOSED' AS is_closed,
        EXISTS (SELECT FROM moved m JOIN postings l ON l.portfolio_id = m.portfolio_id AND l.instrument_id = m.instrument_id AND l.transaction_id > m.transaction_id
          WHERE m.portfolio_id = p.id AND l.account IN ('holding', 'reserved') AND l.kind NOT IN ('HOLD', 'RELEASE') AND l.reverses_transaction_id IS NULL
            AND NOT EXISTS (SELECT FROM postings r WHERE r.portfolio_id = l.portfolio_id AND r.reverses_transaction_id = l.transaction_id))
        OR EXISTS (SELECT FROM moved m JOIN corporate_actions c ON c.instrument_id = m.instrument_id
          JOIN portfolio_actions x ON x.portfolio_id = m.portfolio_id AND x.action_id = c.id AND x.transaction_id > m.transaction_id
          WHERE m.portfolio_id = p.id) AS is_followed,
        EXISTS (SELECT FROM moved m JOIN positions q ON q.portfolio_id = m.portfolio_id AND q.instrument_id = m.instrument_id
          WHERE m.portfolio_id = p.id AND q.reserved_quantity <> 0) AS is_reserved,
        EXISTS (SELECT FROM (SELECT currency_code, sum(amount) AS paid FROM lines WHERE portfolio_id = p.id AND account = 'cash' GROUP BY 1) c
          LEFT JOIN cash_balances b ON b.portfolio_id = p.id AND b.currency_code = c.currency_code
          WHERE c.paid > CASE WHEN c.currency_code = p.base_currency THEN p.cash_balance ELSE COALESCE(b.balance, 0) END) AS is_spent
      FROM applied a JOIN portfolios p ON p.id = a.portfolio_id
    )
    SELECT id AS "portfolioId", CASE WHEN is_closed THEN 'PORTFOLIO_CLOSED' WHEN is_followed THEN 'LATER_ENTRIES' WHEN is_reserved THEN 'UNITS_RESERVED'
      ELSE 'CASH_SPENT' END AS reason
    FROM judged WHERE is_closed OR is_followed OR is_reserved OR is_spent ORDER BY id`;
}

async function reversePage(ctx: Context, applied: readonly Applied[], reason: string): Promise<void> {
  const rows = await ctx.sql<ReversedRow & { readonly portfolio_id: string; readonly effective_date: string }>`
    SELECT l.portfolio_id, l.effective_date, l.kind, l.account, l.currency_code, l.instrument_id, l.amount, l.cost_basis, l.realized_pnl
    FROM unnest(${applied.map(({ portfolio_id: id }) => id)}::uuid[], ${applied.map(({ transaction_id: id }) => id)}::uuid[]) AS a (portfolio_id, transaction_id)
    JOIN postings l ON l.portfolio_id = a.portfolio_id AND l.transaction_id = a.transaction_id ORDER BY l.portfolio_id, l.line`;
  const lines = Map.groupBy(rows, ({ portfolio_id: id }) => id);
  await postLedgers(
    ctx,
    applied.map(({ portfolio_id: portfolioId, user_id: userId, transaction_id: reverses }) => {
      const own = lines.get(portfolioId) ?? [];
      const effectiveDate = parseLocalDate(own[0]?.effective_date ?? '');
      return { portfolioId, userId, kind: 'REVERSAL' as const, effectiveDate, postings: own.map(oppositeOf), reverses, memo: reason };
    }),
  );
}

/** The old name again, and trading again. */
async function undoInstrument(ctx: Context, action: Action): Promise<void> {
  const { instrument_id: id, kind, status, symbol, old_symbol: before, new_symbol: after } = action;
  if (kind === 'SYMBOL_CHANGE' && status === 'APPLIED') {
    if (symbol !== after) ctx.refuse('ACTION_BUILT_UPON', { actionId: action.id, symbol, problems: [] });
    await ctx.sql`UPDATE instruments SET symbol = ${before}, updated_at = now() WHERE id = ${id}`;
    await renameTargets(ctx.sql, after, before ?? after);
  }
  if (kind === 'DELISTING') await ctx.sql`UPDATE instruments SET is_tradeable = true, updated_at = now() WHERE id = ${id}`;
}
