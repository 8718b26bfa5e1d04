import { Money, minorUnitOf, roundDecimal, type CurrencyCode, type Decimal } from '@trii/kernel';

/** As the ledger holds an amount: eight digits, finer than any currency's smallest unit. */
const LEDGER_SCALE = 8;
const BPS = 10_000;

export interface ExchangeTerms {
  readonly gives: Money;
  readonly to: CurrencyCode;
  /** Units of `to` for one of what is given: the market's, before the spread. */
  readonly rate: Decimal;
  /** Hundredths of a percent of what the exchange brings. */
  readonly spreadBps: Decimal;
}

/** Amounts of the target currency; none is negative, and `market` is the sum of the others. */
export interface ExchangeAmounts {
  /** What is given is worth at the market's rate: cut to eight digits, so that no part of a unit is made. */
  readonly market: Money;
  /** Taken for the exchange: half-even, eight digits. */
  readonly spread: Money;
  /** What can be paid: cut to the currency's smallest unit. */
  readonly receives: Money;
  /** What is left of less than one smallest unit. */
  readonly remainder: Money;
}

/** market = given x rate; receives = market - spread, down to whole smallest units of the target currency; the rest is told, not lost. */
export function exchangeAmounts({ gives, to, rate, spreadBps }: ExchangeTerms): ExchangeAmounts {
  const market = Money.of(roundDecimal(gives.amount.times(rate), { scale: LEDGER_SCALE, rounding: 'down' }), to);
  const spread = Money.of(roundDecimal(market.amount.times(spreadBps).div(BPS), { scale: LEDGER_SCALE, rounding: 'half-even' }), to);
  const left = market.subtract(spread);
  const receives = left.round({ rounding: 'down', scale: minorUnitOf(to) });
  return { market, spread, receives, remainder: left.subtract(receives) };
}
