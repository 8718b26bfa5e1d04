import { Money, roundDecimal, ZERO, type CurrencyCode, type Decimal } from '@trii/kernel';
import { COST_RULE, splitUnits, type CostedPosition, type SplitRatio } from '@trii/quant';
import { moneyLine, postingsOf, type Posting } from '../ledger-transaction.ts';
import type { LedgerKind } from '../post-ledger.ts';

/** What a ledger line of an action may be: nothing where it comes to less than the smallest unit. */
export interface ActionEntry {
  readonly kind: LedgerKind;
  readonly postings: readonly Posting[];
}

/** Units are kept down to this many digits: the scale of a quantity. */
const UNIT_SCALE = 8;

export interface Dividend {
  readonly instrumentId: string;
  /** Units held when the ex date began. */
  readonly entitled: Decimal;
  readonly amount: Decimal;
  readonly currency: CurrencyCode;
  /** Percent. */
  readonly withholdingPct: Decimal;
  /** At what it buys more units, and at how many units of the holder's base currency for one of its own that cost is booked; null when it comes as cash. */
  readonly reinvest: { readonly price: Decimal; readonly baseRate: Decimal } | null;
}

/** Gross is entitled units x amount, and tax its percentage, each rounded once, half-even, to the currency's smallest unit. */
export function dividendAmounts({ entitled, amount, currency, withholdingPct }: Omit<Dividend, 'instrumentId' | 'reinvest'>): {
  readonly gross: Money;
  readonly tax: Money;
  readonly net: Money;
} {
  const gross = Money.of(entitled.times(amount), currency).round({ rounding: 'half-even' });
  const tax = Money.of(gross.amount.times(withholdingPct).div(100), currency).round({ rounding: 'half-even' });
  return { gross, tax, net: gross.subtract(tax) };
}

/** Reinvested, all of the net becomes the cost of as many units as it buys, rounded down to 8 digits; one that would buy none comes as cash. */
export function dividendEntry(dividend: Dividend): ActionEntry | null {
  const { instrumentId, reinvest } = dividend;
  const { gross, tax, net } = dividendAmounts(dividend);
  if (!gross.isPositive()) return null;
  const units = reinvest === null ? ZERO : roundDecimal(net.amount.div(reinvest.price), { scale: UNIT_SCALE, rounding: 'down' });
  const use: Posting[] =
    reinvest === null || units.isZero()
      ? [moneyLine('cash', net)]
      : [
          moneyLine('trading', net),
          { account: 'trading', asset: { instrumentId }, amount: units.negated() },
          {
            account: 'holding',
            asset: { instrumentId },
            amount: units,
            costBasis: roundDecimal(net.amount.times(reinvest.baseRate), COST_RULE),
          },
        ];
  return { kind: 'DIVIDEND', postings: postingsOf([moneyLine('income', gross.negate()), moneyLine('fees', tax), ...use]) };
}

/** What becomes of old units: how many new ones, and at what fractions of one are paid out; null keeps them. */
export interface Exchange {
  readonly ratio: SplitRatio;
  readonly fractionPrice: Decimal | null;
  readonly currency: CurrencyCode;
  /** Units of the holder's base currency for one of that, by which gains are booked. */
  readonly baseRate: Decimal;
}

/**
 * Units become units x to / from, rounded down to 8 digits; their cost stays. Where fractions are paid out they leave like a sale: at the price for the exact
 * fraction, rounded half-even, with their part of the cost. A position that comes to less than the smallest part of a unit is gone, cost and all.
 */
export function splitEntry(instrumentId: string, position: CostedPosition, exchange: Exchange): ActionEntry {
  const { quantity } = splitUnits(position.quantity, exchange.ratio, UNIT_SCALE);
  const change = quantity.minus(position.quantity);
  if (quantity.isZero()) {
    const paid = fractionPaid(position.quantity, exchange);
    return {
      kind: 'SPLIT',
      postings: disposal(instrumentId, position, { quantity: position.quantity, paid, baseRate: exchange.baseRate }),
    };
  }
  const moved = unitLines(instrumentId, change);
  return {
    kind: 'SPLIT',
    postings: postingsOf([...moved, ...fractionLines(instrumentId, { held: position, cost: position.cost }, exchange)]),
  };
}

export interface SpinOff extends Exchange {
  readonly newInstrumentId: string;
  /** Of the cost, `part` of `whole` go with what is spun off. */
  readonly cost: { readonly part: Decimal; readonly whole: Decimal };
}

/**
 * New units beside the old ones; cost x part / whole, rounded half-even to 8 digits, goes with them and exactly that much leaves, so that the total stays to the
 * last digit. The old units go out with all their cost and come back with the rest: a line of the ledger moves something.
 */
export function spinOffEntry(instrumentId: string, position: CostedPosition, spinOff: SpinOff): ActionEntry | null {
  const { newInstrumentId, cost: share } = spinOff;
  const { quantity } = splitUnits(position.quantity, spinOff.ratio, UNIT_SCALE);
  if (quantity.isZero()) return null;
  const cost = roundDecimal(position.cost.times(share.part).div(share.whole), COST_RULE);
  const asset = { instrumentId };
  return {
    kind: 'JOURNAL',
    postings: postingsOf([
      ...unitLines(newInstrumentId, quantity, cost),
      ...fractionLines(newInstrumentId, { held: position, cost }, spinOff),
      { account: 'holding', asset, amount: position.quantity.negated(), costBasis: position.cost.negated() },
      { account: 'holding', asset, amount: position.quantity, costBasis: position.cost.minus(cost) },
    ]),
  };
}

/** All units leave at the last price, which may be zero. */
export function delistingEntry(
  instrumentId: string,
  position: CostedPosition,
  { price, baseRate }: { readonly price: Money; readonly baseRate: Decimal },
): ActionEntry {
  const paid = price.multiply(position.quantity).round({ rounding: 'half-even' });
  return { kind: 'JOURNAL', postings: disposal(instrumentId, position, { quantity: position.quantity, paid, baseRate }) };
}

const unitLines = (instrumentId: string, amount: Decimal, costBasis?: Decimal): Posting[] => [
  { account: 'holding', asset: { instrumentId }, amount, ...(costBasis === undefined ? {} : { costBasis }) },
  { account: 'trading', asset: { instrumentId }, amount: amount.negated() },
];

/** `held` old units became new ones that cost `cost`: what is beyond whole new ones is paid out. */
function fractionLines(
  instrumentId: string,
  { held, cost }: { readonly held: CostedPosition; readonly cost: Decimal },
  exchange: Exchange,
): Posting[] {
  if (exchange.fractionPrice === null) return [];
  const { quantity } = splitUnits(held.quantity, exchange.ratio, UNIT_SCALE);
  const fraction = quantity.minus(splitUnits(held.quantity, exchange.ratio, 0).quantity);
  if (fraction.isZero()) return [];
  return disposal(
    instrumentId,
    { quantity, cost },
    { quantity: fraction, paid: fractionPaid(held.quantity, exchange), baseRate: exchange.baseRate },
  );
}

function fractionPaid(quantity: Decimal, { ratio, fractionPrice, currency }: Exchange): Money {
  const { fraction } = splitUnits(quantity, ratio, 0);
  return Money.of(fraction.times(fractionPrice ?? ZERO), currency).round({ rounding: 'half-even' });
}

/** Units leave with their part of the cost for what is paid for them; the gain is booked in the base currency. */
function disposal(
  instrumentId: string,
  position: CostedPosition,
  { quantity, paid, baseRate }: { readonly quantity: Decimal; readonly paid: Money; readonly baseRate: Decimal },
): Posting[] {
  const isAll = quantity.equals(position.quantity);
  const costRemoved = isAll ? position.cost : roundDecimal(position.cost.times(quantity).div(position.quantity), COST_RULE);
  const asset = { instrumentId };
  const realizedPnl = roundDecimal(paid.amount.times(baseRate), COST_RULE).minus(costRemoved);
  return postingsOf([
    { account: 'holding', asset, amount: quantity.negated(), costBasis: costRemoved.negated(), realizedPnl },
    { account: 'trading', asset, amount: quantity },
    moneyLine('cash', paid),
    moneyLine('trading', paid.negate()),
  ]);
}
