import { CodedError, compareLocalDates, daysBetween, decimal, roundDecimal, sumDecimals, toDecimalString } from '@trii/kernel';
import type { Decimal, DecimalInput, LocalDate } from '@trii/kernel';
import { COST_RULE } from '../performance/average-cost.ts';

/** Units bought together: what is left of them and what that cost, in one currency, buy fees included. */
export interface Lot {
  readonly openedOn: LocalDate;
  /** Units, above zero. */
  readonly quantity: Decimal;
  /** Of all the units together; not negative. */
  readonly cost: Decimal;
}

/** Which lot leaves first: the oldest, the newest, or the one that cost most a unit. */
export type LotOrder = 'FIFO' | 'LIFO' | 'HIFO';

export interface ReliefOptions {
  /** FIFO by default. */
  readonly order?: LotOrder;
  /** More sold than held: an error (the default), or the rest counts as bought for nothing (incomplete records). */
  readonly shortfall?: 'refuse' | 'zero-cost';
}

export interface Relief {
  /** What leaves, in the order it left; of a lot taken in part, the part. */
  readonly relieved: readonly Lot[];
  /** What stays, oldest first. */
  readonly remaining: readonly Lot[];
  readonly costRemoved: Decimal;
  /** Units that no lot covers; zero unless `shortfall` lets them be. */
  readonly missing: Decimal;
}

/**
 * Takes units out of lots. A lot taken in part gives up cost * taken / held, rounded by COST_RULE, and keeps the rest exactly, so that what
 * leaves and what stays always add up to what was there. Lots of one day keep the order they are given in; HIFO takes the older of two that
 * cost the same a unit.
 * Source: IRS Publication 550 (FIFO); the booking methods of beancount and rotki.
 * @throws CodedError OVERSOLD when more is sold than held and `shortfall` is 'refuse'; OUT_OF_RANGE, INVALID_DECIMAL
 */
export function relieveLots(lots: readonly Lot[], quantity: DecimalInput, options: ReliefOptions = {}): Relief {
  let wanted = decimal(quantity);
  if (!wanted.greaterThan(0))
    throw new CodedError('OUT_OF_RANGE', 'quantity must be above zero', { details: { value: toDecimalString(wanted) } });
  const oldestFirst = lots.toSorted((a, b) => compareLocalDates(a.openedOn, b.openedOn));
  const relieved: Lot[] = [];
  const left = new Map<Lot, Lot | undefined>();
  for (const lot of inOrder(oldestFirst, options.order ?? 'FIFO')) {
    if (wanted.isZero()) break;
    const { taken, rest } = takeFrom(lot, wanted);
    relieved.push(taken);
    left.set(lot, rest);
    wanted = wanted.minus(taken.quantity);
  }
  if (!wanted.isZero() && options.shortfall !== 'zero-cost') {
    throw new CodedError('OVERSOLD', 'a sale cannot exceed the units held', { details: { missing: toDecimalString(wanted) } });
  }
  return {
    relieved,
    remaining: oldestFirst.flatMap((lot) => (left.has(lot) ? (left.get(lot) ?? []) : lot)),
    costRemoved: sumDecimals(relieved.map(({ cost }) => cost)),
    missing: wanted,
  };
}

/** All units of several lots and their cost, in one lot as old as the oldest: average cost as a lot. Undefined for none. */
export function mergeLots(lots: readonly Lot[]): Lot | undefined {
  const [oldest] = lots.toSorted((a, b) => compareLocalDates(a.openedOn, b.openedOn));
  if (oldest === undefined) return undefined;
  return {
    openedOn: oldest.openedOn,
    quantity: sumDecimals(lots.map((lot) => lot.quantity)),
    cost: sumDecimals(lots.map((lot) => lot.cost)),
  };
}

/** What left, told apart by how long it was held: long enough, and the rest with what no lot covers. */
export interface HoldingPeriods {
  readonly long: { readonly quantity: Decimal; readonly cost: Decimal };
  readonly short: { readonly quantity: Decimal; readonly cost: Decimal };
}

/**
 * Splits a relief by holding period, in calendar days from purchase to sale; uncovered units are short, at no cost.
 * Source: the one-year rule as rotki applies it (a lot is long from the day `longDays` after its purchase on).
 */
export function byHoldingPeriod(relief: Relief, soldOn: LocalDate, longDays: number): HoldingPeriods {
  const isLong = (lot: Lot) => daysBetween(lot.openedOn, soldOn) >= longDays;
  const total = (lots: readonly Lot[]) => ({
    quantity: sumDecimals(lots.map((lot) => lot.quantity)),
    cost: sumDecimals(lots.map((lot) => lot.cost)),
  });
  const long = total(relief.relieved.filter((lot) => isLong(lot)));
  const short = total(relief.relieved.filter((lot) => !isLong(lot)));
  return { long, short: { quantity: short.quantity.plus(relief.missing), cost: short.cost } };
}

function inOrder(oldestFirst: readonly Lot[], order: LotOrder): readonly Lot[] {
  switch (order) {
    case 'FIFO':
      return oldestFirst;
    case 'LIFO':
      return oldestFirst.toReversed();
    case 'HIFO':
      // cost per unit by cross-multiplication: a quotient would be rounded
      return oldestFirst.toSorted((a, b) => b.cost.times(a.quantity).comparedTo(a.cost.times(b.quantity)));
  }
}

function takeFrom(lot: Lot, wanted: Decimal): { readonly taken: Lot; readonly rest: Lot | undefined } {
  if (wanted.greaterThanOrEqualTo(lot.quantity)) return { taken: lot, rest: undefined };
  const cost = roundDecimal(lot.cost.times(wanted).div(lot.quantity), COST_RULE);
  return {
    taken: { openedOn: lot.openedOn, quantity: wanted, cost },
    rest: { openedOn: lot.openedOn, quantity: lot.quantity.minus(wanted), cost: lot.cost.minus(cost) },
  };
}
