import type { LocalDate } from '@trii/kernel';
import { valuationDate, type CommandContext } from '../../platform/index.ts';
import { applyAction } from './apply-action.ts';
import { dueActionsOf } from './due-action.ts';

interface Entry {
  readonly portfolioId: string;
  readonly userId: string;
  readonly instrumentId: string;
  readonly date: LocalDate;
}

export interface SettleContext extends Pick<CommandContext, 'sql' | 'emit' | 'clock'> {
  readonly refuse: (code: 'ACTION_PENDING', details: Record<string, unknown>) => never;
}

/**
 * Before an entry moves units of an instrument, corporate actions up to its date are applied to the locked portfolio; else a trade at the price after a split
 * would meet the units from before it.
 * @returns whether anything was applied
 */
export async function settleActions(ctx: SettleContext, { portfolioId, instrumentId, date }: Omit<Entry, 'userId'>): Promise<boolean> {
  let isChanged = false;
  for (const action of await dueActionsOf(ctx.sql, { portfolioId, instrumentId, through: date })) {
    const { applied, blocked } = await applyAction(ctx, action, { portfolioIds: [portfolioId], through: date });
    const { symbol, kind, exDate } = action;
    // A dividend that waits changes nothing of what is held.
    if (blocked.length > 0 && kind !== 'DIVIDEND') ctx.refuse('ACTION_PENDING', { symbol, kind, exDate, reason: blocked[0]?.reason });
    isChanged ||= applied > 0;
  }
  return isChanged;
}

/**
 * After an entry of an earlier day: actions from then on concern this portfolio, also those that all others have behind them. To be called when the postings
 * stand: whoever enters an action waits for them, so that either side sees the other.
 */
export async function noteLaterActions(
  ctx: Pick<SettleContext, 'sql' | 'clock'>,
  entry: Entry & { readonly today?: LocalDate },
): Promise<void> {
  const { portfolioId, userId, instrumentId, date } = entry;
  const today = entry.today ?? (await valuationDate(ctx.sql, ctx.clock));
  if (date >= today) return;
  await ctx.sql`
    INSERT INTO portfolio_actions (portfolio_id, action_id, user_id)
    SELECT ${portfolioId}::uuid, a.id, ${userId}::uuid FROM corporate_actions a
    WHERE a.instrument_id = ${instrumentId} AND a.ex_date > ${date}::date AND a.effective_date <= ${today}::date
      AND a.status <> 'CANCELLED' AND a.kind <> 'SYMBOL_CHANGE'
    ON CONFLICT (portfolio_id, action_id) DO UPDATE SET status = 'DUE', updated_at = now() WHERE portfolio_actions.status = 'NOTHING'`;
}
