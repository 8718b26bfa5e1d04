import { portfolio as contract, type InputOf } from '@trii/contract';
import { decimal, type Decimal } from '@trii/kernel';
import { handler, type CommandContext } from '../../platform/index.ts';
import { payableAmount } from '../amount-rules.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { changeHold, releaseHold } from './keep-hold.ts';
import { holdView, requireFuture } from './place-hold.ts';
import { findActiveHold, type FindContext, type KeptHold } from './read-holds.ts';

type Context = CommandContext<typeof contract.changeHold>;

/** Another amount, another expiry, or both. */
export const changeHoldHandler = handler(contract.changeHold, async (ctx, input) => {
  const { portfolioId, holdId, expiresAt } = input;
  const portfolio = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const hold = await findOwnHold(ctx, portfolioId, holdId);
  requireFuture(ctx, expiresAt);
  // The expiry first: lowered to what was consumed the hold is over, and takes no change any more.
  if (expiresAt !== undefined)
    await ctx.sql`UPDATE holds SET expires_at = ${expiresAt}::timestamptz, updated_at = now() WHERE id = ${holdId}`;
  const amount = wantedAmount(ctx, hold, input);
  if (amount !== undefined) await changeHold(ctx, portfolio, { holdId, amount });
  const view = await holdView(ctx, portfolioId, holdId);
  const { amount: held, status, expiresAt: expires } = view;
  ctx.note({ newValues: { holdId, amount: held, status, expiresAt: expires } });
  return view;
});

function wantedAmount(ctx: Context, { asset }: KeptHold, { amount }: InputOf<typeof contract.changeHold>): Decimal | undefined {
  if (amount === undefined) return undefined;
  return 'currency' in asset ? payableAmount(ctx, { field: 'amount', amount, currency: asset.currency }).amount : decimal(amount);
}

/** Available again, all that was left. */
export const releaseHoldHandler = handler(contract.releaseHold, async (ctx, { portfolioId, holdId }) => {
  const portfolio = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  await findOwnHold(ctx, portfolioId, holdId);
  await releaseHold(ctx, portfolio, holdId);
  const view = await holdView(ctx, portfolioId, holdId);
  ctx.note({ newValues: { holdId, amount: view.amount, consumedAmount: view.consumedAmount, status: view.status } });
  return view;
});

interface OwnContext extends FindContext {
  readonly refuse: (code: 'NOT_FOUND' | 'HOLD_ENDED' | 'HOLD_IN_USE', details: Record<string, unknown>) => never;
}

/** What an order or a payment counts on is not the investor's to change. */
async function findOwnHold(ctx: OwnContext, portfolioId: string, holdId: string): Promise<KeptHold> {
  const hold = await findActiveHold(ctx, portfolioId, holdId);
  if (hold.holder !== 'INVESTOR') return ctx.refuse('HOLD_IN_USE', { holdId, holder: hold.holder });
  return hold;
}
