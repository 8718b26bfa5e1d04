import { portfolio } from '@trii/contract';
import { decimalFromFloat, invariant, sumDecimals, toDecimalString } from '@trii/kernel';
import { handler, type CommandContext } from '../platform/index.ts';
import { refuseField } from './amount-rules.ts';
import { lockPortfolio } from './lock-portfolio.ts';

type Context = CommandContext<typeof portfolio.setTarget>;

interface Row {
  readonly allocation_target: Record<string, number>;
  readonly auto_rebalance_enabled: boolean;
  readonly rebalance_threshold: string | null;
}

/** The wanted division in percent by symbol. Shares add up to at most 100; what is missing is cash. An instrument that takes a new name keeps its share. */
export const setTargetHandler = handler(portfolio.setTarget, async (ctx, input) => {
  const { portfolioId, allocationTarget } = input;
  const { userId } = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  await requireTarget(ctx, allocationTarget);
  const [row] = await ctx.sql<Row>`
    UPDATE portfolios SET allocation_target = ${JSON.stringify(allocationTarget)}::jsonb, updated_at = now(),
      auto_rebalance_enabled = COALESCE(${input.autoRebalanceEnabled ?? null}::boolean, auto_rebalance_enabled),
      rebalance_threshold = CASE WHEN ${input.rebalanceThreshold === undefined} THEN rebalance_threshold ELSE ${input.rebalanceThreshold ?? null}::numeric END
    WHERE id = ${portfolioId} RETURNING allocation_target, auto_rebalance_enabled, rebalance_threshold`;
  invariant(row !== undefined, 'a locked portfolio is there');
  const view = {
    portfolioId,
    allocationTarget: row.allocation_target,
    autoRebalanceEnabled: row.auto_rebalance_enabled,
    rebalanceThreshold: row.rebalance_threshold === null ? null : Number(row.rebalance_threshold),
  };
  ctx.note({ newValues: view });
  ctx.emit(portfolio.PortfolioChanged, { aggregateId: portfolioId, userId, payload: { portfolioId } });
  return view;
});

async function requireTarget(ctx: Context, target: Readonly<Record<string, number>>): Promise<void> {
  const total = sumDecimals(Object.values(target).map((percent) => decimalFromFloat(percent)));
  if (total.greaterThan(100)) refuseField(ctx, 'allocationTarget', `adds up to ${toDecimalString(total)} percent; at most 100`);
  const symbols = Object.keys(target);
  const known = await ctx.sql<{
    symbol: string;
  }>`SELECT symbol FROM instruments WHERE symbol = ANY(${symbols}::text[])`;
  const unknown = symbols.find((symbol) => !known.some((row) => row.symbol === symbol));
  if (unknown !== undefined) refuseField(ctx, `allocationTarget.${unknown}`, 'the present symbol of an instrument');
}
