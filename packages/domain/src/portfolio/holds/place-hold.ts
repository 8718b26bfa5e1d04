import { portfolio as contract, type InputOf, type OutputOf } from '@trii/contract';
import { decimal, invariant, isCurrencyCode, toDecimalString } from '@trii/kernel';
import { handler, type CommandContext } from '../../platform/index.ts';
import { payableAmount, refuseField } from '../amount-rules.ts';
import type { Asset } from '../ledger-transaction.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { LAST_ID } from '../read-ledger.ts';
import { placeHold } from './keep-hold.ts';
import { readHolds } from './read-holds.ts';

type Context = CommandContext<typeof contract.placeHold>;
type Input = InputOf<typeof contract.placeHold>;

/** An investor's earmark: nothing else can spend it, and nobody but the investor, or its expiry, ends it. */
export const placeHoldHandler = handler(contract.placeHold, async (ctx, input) => {
  const portfolio = await lockPortfolio(ctx, input.portfolioId, ['ACTIVE', 'SUSPENDED']);
  const asset = await assetOf(ctx, input);
  const amount =
    'currency' in asset
      ? payableAmount(ctx, { field: 'amount', amount: input.amount, currency: asset.currency }).amount
      : decimal(input.amount);
  requireFuture(ctx, input.expiresAt);
  const { reason, expiresAt } = input;
  const { id } = await placeHold(ctx, portfolio, { asset, amount, holder: 'INVESTOR', reason, expiresAt });
  ctx.note({ newValues: { holdId: id, ...asset, amount: toDecimalString(amount), expiresAt: expiresAt ?? null } });
  return holdView(ctx, portfolio.id, id);
});

async function assetOf(ctx: Context, { currency, symbol }: Input): Promise<Asset> {
  if (currency !== undefined) return isCurrencyCode(currency) ? { currency } : refuseField(ctx, 'currency', 'a currency of ISO 4217');
  const [instrument] = await ctx.sql<{ id: string }>`SELECT id FROM instruments WHERE symbol = ${symbol ?? null}`;
  return instrument === undefined ? ctx.refuse('NOT_FOUND', { symbol }) : { instrumentId: instrument.id };
}

export interface ExpiryContext extends Pick<CommandContext, 'clock'> {
  readonly refuse: (code: 'INVALID_INPUT', details: Record<string, unknown>) => never;
}

export function requireFuture(ctx: ExpiryContext, expiresAt: string | null | undefined): void {
  if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= ctx.clock.now().getTime())
    refuseField(ctx, 'expiresAt', 'an instant in the future');
}

/** As it stands now. */
export async function holdView(
  { sql }: Pick<Context, 'sql'>,
  portfolioId: string,
  id: string,
): Promise<OutputOf<typeof contract.placeHold>> {
  const [view] = await readHolds(sql, portfolioId, { ids: [id], show: 'all', before: LAST_ID, limit: 1 });
  invariant(view !== undefined, 'what was just written is there');
  return view;
}
