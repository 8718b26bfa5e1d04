import { decimal, minorUnitOf, Money, toDecimalString, type CurrencyCode, type Decimal } from '@trii/kernel';

/** What a money column numeric(20,8) holds; beyond it the database would fail instead of answering. */
const MONEY_MAX = decimal('999999999999.99999999');

export interface RefuseInput {
  readonly refuse: (code: 'INVALID_INPUT', details: Record<string, unknown>) => never;
}

/** A field that has the right form, but not for this portfolio: told in the same shape as a field of the wrong form. */
export function refuseField(ctx: RefuseInput, path: string, problem: string): never {
  return ctx.refuse('INVALID_INPUT', { issues: [{ path, problem }] });
}

export interface NamedAmount {
  /** The input's field. */
  readonly field: string;
  readonly amount: string;
  readonly currency: CurrencyCode;
}

/** The amount as money. What is finer than the currency's smallest unit cannot be paid, and is refused instead of rounded. */
export function payableAmount(ctx: RefuseInput, { field, amount, currency }: NamedAmount): Money {
  const money = Money.of(amount, currency);
  const scale = minorUnitOf(currency);
  if (money.amount.decimalPlaces() > scale) return refuseField(ctx, field, `${currency} has at most ${scale} digits after the point`);
  return money;
}

/** Whether a money column holds it. */
export const isWithinRoom = (figure: Decimal): boolean => figure.abs().lessThanOrEqualTo(MONEY_MAX);

/** Refuses before a figure that follows from the input outgrows its column. */
export function requireRoom(ctx: RefuseInput, field: string, figures: Readonly<Record<string, Decimal>>): void {
  for (const [name, figure] of Object.entries(figures)) {
    if (!isWithinRoom(figure)) refuseField(ctx, field, `${name} would exceed ${toDecimalString(MONEY_MAX)}`);
  }
}
