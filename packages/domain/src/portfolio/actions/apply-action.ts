import { portfolio } from '@trii/contract';
import { decimal, Money, ONE, toDecimalString, type Decimal, type LocalDate } from '@trii/kernel';
import { closeMoment, readRateBook } from '../../market/index.ts';
import type { CommandContext } from '../../platform/index.ts';
import { postLedgers } from '../post-ledger.ts';
import { delistingEntry, dividendEntry, spinOffEntry, splitEntry, type ActionEntry } from './action-postings.ts';
import type { DueAction } from './due-action.ts';
import { isStanding } from './standing-action.ts';
import { closeOnOrAfter, lockHolders, type Holder } from './read-holders.ts';

type Context = Pick<CommandContext, 'sql' | 'emit'>;

/** Beyond this a figure might outgrow its column; no real position comes near. */
const FIGURE_MAX = decimal('100000000000');

/** Why an action waits in a portfolio. */
type Obstacle = 'LATER_ENTRIES' | 'UNITS_RESERVED' | 'PORTFOLIO_CLOSED' | 'PRICE_MISSING' | 'FX_RATE_MISSING' | 'OUT_OF_RANGE';

interface Outcome {
  readonly holder: Holder;
  readonly status: 'APPLIED' | 'NOTHING' | 'BLOCKED';
  readonly reason: string | null;
  readonly entry: (ActionEntry & { readonly date: LocalDate }) | null;
}

export interface AppliedAction {
  readonly applied: number;
  readonly blocked: readonly { readonly portfolioId: string; readonly reason: string | null }[];
}

/**
 * Applies one action to portfolios: each is locked, reckoned and posted by a ledger transaction of its own, on the day the action says. Doing it again does
 * nothing. What cannot be done is noted with its reason and stays due.
 */
export async function applyAction(
  ctx: Context,
  action: DueAction,
  { portfolioIds, through }: { readonly portfolioIds: readonly string[]; readonly through: LocalDate },
): Promise<AppliedAction> {
  if (!(await isStanding(ctx.sql, action.id))) return { applied: 0, blocked: [] };
  const holders = await lockHolders(ctx.sql, action, portfolioIds);
  const close =
    action.kind === 'DIVIDEND' && holders.some(({ reinvests }) => reinvests)
      ? await closeOnOrAfter(ctx.sql, { instrumentId: action.instrumentId, date: action.effectiveDate, through })
      : undefined;
  const rates = await readBaseRates(ctx.sql, action, { holders, date: action.kind === 'DIVIDEND' ? close?.date : action.effectiveDate });
  const outcomes = holders.map((holder) => outcomeOf(action, holder, { close, baseRate: rates.get(holder.baseCurrency) }));
  const posted = outcomes.flatMap(({ holder, entry }) => (entry === null ? [] : [{ holder, entry }]));
  const ids = await postLedgers(
    ctx,
    posted.map(({ holder: { portfolioId, userId }, entry: { date, ...entry } }) => ({
      ...entry,
      portfolioId,
      userId,
      effectiveDate: date,
      memo: memoOf(action),
    })),
  );
  const transactions = new Map(posted.map(({ holder }, index) => [holder.portfolioId, ids[index] ?? '']));
  await noteOutcomes(ctx, action, { outcomes, transactions });
  for (const { holder } of posted) {
    const { portfolioId, userId } = holder;
    const transactionId = transactions.get(portfolioId) ?? '';
    ctx.emit(portfolio.ActionApplied, { aggregateId: portfolioId, userId, payload: { portfolioId, actionId: action.id, transactionId } });
  }
  const blocked = outcomes.filter(({ status }) => status === 'BLOCKED');
  return { applied: posted.length, blocked: blocked.map(({ holder, reason }) => ({ portfolioId: holder.portfolioId, reason })) };
}

type Close = Awaited<ReturnType<typeof closeOnOrAfter>>;

interface Market {
  readonly close: Close;
  /** Units of the holder's base currency for one of the action's; undefined where nobody knows. */
  readonly baseRate: Decimal | undefined;
}

/** What is paid out in another currency than a holder's own gains or loses by the rate of that day; a dividend costs by it what it buys, and as cash needs none. */
async function readBaseRates(
  sql: Context['sql'],
  { currency: from }: DueAction,
  { holders, date }: { readonly holders: readonly Holder[]; readonly date: LocalDate | undefined },
): Promise<ReadonlyMap<string, Decimal>> {
  const rates = new Map<string, Decimal>([[from, ONE]]);
  const others = new Set(holders.map(({ baseCurrency }) => baseCurrency).filter((to) => to !== from));
  if (date === undefined) return rates;
  for (const to of others) {
    const book = await readRateBook(sql, { currencies: [from], to, at: closeMoment(date) });
    const found = book.find({ from, to });
    if (found !== undefined) rates.set(to, found.rate);
  }
  return rates;
}

function outcomeOf(action: DueAction, holder: Holder, { close, baseRate }: Market): Outcome {
  const { entitled, quantity } = holder;
  const isNothing = action.kind === 'DIVIDEND' ? !entitled.greaterThan(0) : quantity.isZero();
  if (isNothing) return { holder, status: 'NOTHING', reason: null, entry: null };
  const obstacle = obstacleOf(action, holder);
  if (obstacle !== null) return { holder, status: 'BLOCKED', reason: obstacle, entry: null };
  if (action.kind === 'DIVIDEND') return dividendOutcome(action, holder, { close, baseRate });
  if (baseRate === undefined) return { holder, status: 'BLOCKED', reason: 'FX_RATE_MISSING', entry: null };
  const entry = entryOf(action, holder, baseRate);
  if (entry === null) return { holder, status: 'NOTHING', reason: null, entry: null };
  return { holder, status: 'APPLIED', reason: null, entry: { ...entry, date: action.effectiveDate } };
}

/** Units and costs change in the order of days: an entry from the day on must go first. */
function obstacleOf(action: DueAction, { status, reserved, lastEntry, quantity, cost }: Holder): Obstacle | null {
  if (status === 'CLOSED') return 'PORTFOLIO_CLOSED';
  if (action.kind === 'DIVIDEND') return null;
  if (lastEntry !== null && lastEntry >= action.exDate) return 'LATER_ENTRIES';
  if (action.kind !== 'SPIN_OFF' && !reserved.isZero()) return 'UNITS_RESERVED';
  const { from, to } = action.ratio;
  const units = quantity.times(to).div(from);
  if (units.greaterThan(FIGURE_MAX) || (units.greaterThanOrEqualTo('0.00000001') && cost.div(units).greaterThan(FIGURE_MAX)))
    return 'OUT_OF_RANGE';
  return null;
}

/** Reinvested on the first session from the pay date on; as cash where that would change what later entries were built on, or buying is not allowed. */
function dividendOutcome(action: DueAction, holder: Holder, { close, baseRate }: Market): Outcome {
  const { instrumentId, amount, currency, withholdingPct, effectiveDate } = action;
  const { entitled, lastEntry, status } = holder;
  // Units are bought in the currency of their price: a dividend in another one comes as cash.
  const mayBuy = holder.reinvests && status === 'ACTIVE' && currency === action.priceCurrency;
  if (mayBuy && close === undefined) return { holder, status: 'BLOCKED', reason: 'PRICE_MISSING', entry: null };
  const reinvests = mayBuy && close !== undefined && (lastEntry === null || lastEntry <= close.date);
  if (reinvests && baseRate === undefined) return { holder, status: 'BLOCKED', reason: 'FX_RATE_MISSING', entry: null };
  const reinvest = reinvests && baseRate !== undefined ? { price: close.price, baseRate } : null;
  const entry = dividendEntry({ instrumentId, entitled, amount, currency, withholdingPct, reinvest });
  if (entry === null) return { holder, status: 'NOTHING', reason: null, entry: null };
  const date = reinvests ? close.date : effectiveDate;
  return { holder, status: 'APPLIED', reason: reinvests ? 'REINVESTED' : null, entry: { ...entry, date } };
}

function entryOf(action: DueAction, { quantity, cost }: Holder, baseRate: Decimal): ActionEntry | null {
  const { kind, instrumentId, currency, ratio, fractionPrice, newInstrumentId } = action;
  const exchange = { ratio, fractionPrice, currency, baseRate };
  const position = { quantity, cost };
  if (kind === 'SPLIT') return splitEntry(instrumentId, position, exchange);
  if (kind === 'DELISTING') return delistingEntry(instrumentId, position, { price: Money.of(action.amount, currency), baseRate });
  return newInstrumentId === null ? null : spinOffEntry(instrumentId, position, { ...exchange, newInstrumentId, cost: action.cost });
}

function memoOf({ kind, symbol, amount, currency, ratio }: DueAction): string {
  switch (kind) {
    case 'DIVIDEND':
      return `${symbol} ${toDecimalString(amount)} ${currency}`;
    case 'SPLIT':
      return `${symbol} ${ratio.to}:${ratio.from}`;
    case 'SPIN_OFF':
      return `${symbol} spin-off ${ratio.to}:${ratio.from}`;
    case 'DELISTING':
      return `${symbol} delisted ${toDecimalString(amount)} ${currency}`;
  }
}

/** A portfolio that nothing happened to leaves no row, unless one waited for it. */
async function noteOutcomes(
  { sql }: Context,
  action: DueAction,
  { outcomes, transactions }: { readonly outcomes: readonly Outcome[]; readonly transactions: ReadonlyMap<string, string> },
): Promise<void> {
  const noted = outcomes.filter(({ status, holder }) => status !== 'NOTHING' || holder.isNoted);
  if (noted.length === 0) return;
  await sql`
    INSERT INTO portfolio_actions (portfolio_id, action_id, user_id, status, quantity, transaction_id, reason)
    SELECT n.portfolio_id, ${action.id}::uuid, n.user_id, n.status::portfolio_action_status, n.quantity, n.transaction_id, n.reason
    FROM unnest(
      ${noted.map(({ holder }) => holder.portfolioId)}::uuid[], ${noted.map(({ holder }) => holder.userId)}::uuid[], ${noted.map(({ status }) => status)}::text[],
      ${noted.map(({ holder }) => toDecimalString(action.kind === 'DIVIDEND' ? holder.entitled : holder.quantity))}::numeric[],
      ${noted.map(({ holder }) => transactions.get(holder.portfolioId) ?? null)}::uuid[], ${noted.map(({ reason }) => reason)}::text[]
    ) AS n (portfolio_id, user_id, status, quantity, transaction_id, reason)
    ON CONFLICT (portfolio_id, action_id) DO UPDATE SET status = excluded.status, quantity = excluded.quantity, transaction_id = excluded.transaction_id,
      reason = excluded.reason, updated_at = now()`;
}
