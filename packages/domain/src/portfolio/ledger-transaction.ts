import { invariant, ONE, roundDecimal, sumDecimals, toDecimalString, type CurrencyCode, type Decimal, type Money } from '@trii/kernel';

/** The accounts of every portfolio. `external` is the world outside, `trading` the other side of every deal: both may be negative. */
export type LedgerAccount = 'cash' | 'reserved' | 'holding' | 'external' | 'fees' | 'income' | 'trading';

/** What an amount is counted in. */
export type Asset = { readonly currency: CurrencyCode } | { readonly instrumentId: string };

/** One line of a ledger transaction. Positive amounts come into the account. */
export interface Posting {
  readonly account: LedgerAccount;
  readonly asset: Asset;
  readonly amount: Decimal;
  /** Holding lines: signed change of the open position's cost, in the base currency. */
  readonly costBasis?: Decimal;
  /** Holding lines of a sale: what it gained or lost, in the base currency. */
  readonly realizedPnl?: Decimal;
}

/** Money comes in from outside. */
export const depositPostings = (amount: Money): Posting[] => cashMovement(amount);

/** Money goes out. */
export const withdrawalPostings = (amount: Money): Posting[] => cashMovement(amount.negate());

/** A purchase or sale that has been struck. `gross` is quantity times price, rounded; no amount is negative. */
export interface Deal {
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly gross: Money;
  readonly fee: Money;
  /** Units of the base currency for one of the deal's, by which cost and gain are booked; one when left out. */
  readonly baseRate?: Decimal | undefined;
}

/** What a deal costs or brings in the base currency: gross and fee each at the rate of the deal, half-even to the eight digits that costs are kept in. */
export function booked({ gross, fee, baseRate = ONE }: Pick<Deal, 'gross' | 'fee' | 'baseRate'>): {
  readonly gross: Decimal;
  readonly fee: Decimal;
} {
  const inBase = ({ amount }: Money): Decimal => roundDecimal(amount.times(baseRate), { scale: 8, rounding: 'half-even' });
  return { gross: inBase(gross), fee: inBase(fee) };
}

/** The fee belongs to the cost of what was bought. */
export function purchasePostings(deal: Deal): Posting[] {
  const { instrumentId, quantity, gross, fee } = deal;
  const cost = gross.add(fee);
  const inBase = booked(deal);
  return postingsOf([
    moneyLine('cash', cost.negate()),
    moneyLine('trading', gross),
    moneyLine('fees', fee),
    { account: 'trading', asset: { instrumentId }, amount: quantity.negated() },
    { account: 'holding', asset: { instrumentId }, amount: quantity, costBasis: inBase.gross.plus(inBase.fee) },
  ]);
}

/** The gain is what the sale brings after its fee, less the cost that leaves with the quantity. */
export function salePostings(deal: Deal & { readonly costRemoved: Decimal }): Posting[] {
  const { instrumentId, quantity, gross, fee, costRemoved } = deal;
  const proceeds = gross.subtract(fee);
  const inBase = booked(deal);
  return postingsOf([
    moneyLine('cash', proceeds),
    moneyLine('trading', gross.negate()),
    moneyLine('fees', fee),
    { account: 'trading', asset: { instrumentId }, amount: quantity },
    {
      account: 'holding',
      asset: { instrumentId },
      amount: quantity.negated(),
      costBasis: costRemoved.negated(),
      realizedPnl: inBase.gross.minus(inBase.fee).minus(costRemoved),
    },
  ]);
}

/** Cash of one currency that becomes cash of another. Amounts but `gives` are of the other currency; `market` is the sum of those after it. */
export interface ExchangedCash {
  readonly gives: Money;
  readonly market: Money;
  readonly receives: Money;
  readonly spread: Money;
  readonly remainder: Money;
}

/** `trading` is the other side of both currencies: what it gave of one at the market's rate for what it took of the other. What was taken for it, and what could not be paid out, are fees. */
export const exchangePostings = ({ gives, market, receives, spread, remainder }: ExchangedCash): Posting[] =>
  postingsOf([
    moneyLine('cash', gives.negate()),
    moneyLine('trading', gives),
    moneyLine('trading', market.negate()),
    moneyLine('cash', receives),
    moneyLine('fees', spread),
    moneyLine('fees', remainder),
  ]);

/** Units that go to another portfolio or come from one, with what they cost. Neither is negative. */
export interface MovedHolding {
  readonly instrumentId: string;
  readonly quantity: Decimal;
  readonly cost: Decimal;
}

export const arrivalPostings = ({ instrumentId, quantity, cost }: MovedHolding): Posting[] =>
  postingsOf([
    { account: 'holding', asset: { instrumentId }, amount: quantity, costBasis: cost },
    { account: 'external', asset: { instrumentId }, amount: quantity.negated() },
  ]);

export const departurePostings = ({ instrumentId, quantity, cost }: MovedHolding): Posting[] =>
  arrivalPostings({ instrumentId, quantity: quantity.negated(), cost: cost.negated() });

/**
 * Nothing appears and nothing vanishes: the amounts of each asset sum to zero, and no line is empty. The database checks the same when the
 * lines are written; here a mistake is found before it costs a round trip.
 * @throws InvariantError
 */
export function assertBalanced(lines: readonly Posting[]): void {
  const byAsset = new Map<string, Decimal[]>();
  for (const { asset, amount } of lines) {
    invariant(!amount.isZero(), 'a posting moves something');
    const key = 'currency' in asset ? asset.currency : asset.instrumentId;
    byAsset.set(key, [...(byAsset.get(key) ?? []), amount]);
  }
  invariant(byAsset.size > 0, 'a ledger transaction has postings');
  for (const [asset, amounts] of byAsset) {
    const sum = sumDecimals(amounts);
    invariant(sum.isZero(), `postings of ${asset} sum to ${toDecimalString(sum)}, not to zero`);
  }
}

/** Lines of money that meet in one account become one, or none where they cancel out. Units keep their lines: each tells its own cost. */
export function merged(lines: readonly Posting[]): Posting[] {
  const money = new Map<string, Posting>();
  const others: Posting[] = [];
  for (const line of lines) {
    if (!('currency' in line.asset)) {
      others.push(line);
      continue;
    }
    const key = `${line.account} ${line.asset.currency}`;
    money.set(key, { ...line, amount: line.amount.plus(money.get(key)?.amount ?? 0) });
  }
  return postingsOf([...money.values(), ...others]);
}

/** An amount of money into an account. */
export const moneyLine = (account: LedgerAccount, money: Money): Posting => ({
  account,
  asset: { currency: money.currency },
  amount: money.amount,
});

const cashMovement = (into: Money): Posting[] => postingsOf([moneyLine('cash', into), moneyLine('external', into.negate())]);

/**
 * The lines that move something: a deal without a fee has no fee line, and one whose fee equals its proceeds moves no cash.
 * @throws InvariantError unless they balance
 */
export function postingsOf(lines: readonly Posting[]): Posting[] {
  const moving = lines.filter(({ amount }) => !amount.isZero());
  assertBalanced(moving);
  return moving;
}
