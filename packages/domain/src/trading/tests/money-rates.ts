import { divideHalfEven } from './portfolio-model.ts';

/** Currencies of the simulation, and the exchange of one for another, said a second time in whole numbers: amounts in parts of 10^-8, rates of 10^-18. */
export type Currency = 'USD' | 'EUR' | 'JPY';
export const CURRENCIES: readonly Currency[] = ['USD', 'EUR', 'JPY'];
/** Parts of a currency's smallest unit: cents, cents, whole yen (ISO 4217). */
export const SMALLEST: Readonly<Record<Currency, bigint>> = { USD: 1_000_000n, EUR: 1_000_000n, JPY: 100_000_000n };

const ENTERED = 10n ** 10n;
const WHOLE = 10n ** 18n;
const BPS = 10_000n;
/** What an exchange costs unless an operator says otherwise. */
const SPREAD_BPS = 50n;

/** Rates come at midnight of a day, but not on the first and not on every fifth: with 24 hours to use them by, such a day has none. */
export const hasRates = (day: number): boolean => day > 0 && day % 5 !== 4;

/** As entered, with ten digits after the point: dollars for a euro, and yen for a dollar. */
export const enteredOn = (day: number): Readonly<Record<'EUR/USD' | 'USD/JPY', bigint>> => ({
  'EUR/USD': 11_000_000_000n + BigInt(day) * 7_919_333n,
  'USD/JPY': 1_090_000_000_000n + BigInt(day) * 98_765_431n,
});

export const asRate = (parts: bigint): string => `${parts / ENTERED}.${String(parts % ENTERED).padStart(10, '0')}`;

/** Of one currency in another: as entered, one over it, or by way of the dollar. */
export function rateOn(day: number, from: Currency, to: Currency): bigint {
  const { 'EUR/USD': euro, 'USD/JPY': dollar } = enteredOn(day);
  switch (`${from}/${to}`) {
    case 'EUR/USD':
      return euro * (WHOLE / ENTERED);
    case 'USD/EUR':
      return divideHalfEven(WHOLE * ENTERED, euro);
    case 'USD/JPY':
      return dollar * (WHOLE / ENTERED);
    case 'JPY/USD':
      return divideHalfEven(WHOLE * ENTERED, dollar);
    case 'EUR/JPY':
      return divideHalfEven(euro * dollar * WHOLE, ENTERED * ENTERED);
    case 'JPY/EUR':
      return divideHalfEven(WHOLE * ENTERED * ENTERED, euro * dollar);
    default:
      return WHOLE;
  }
}

/** Half-even to eight digits, as costs and gains in another currency are booked. */
export const inBase = (amount: bigint, rate: bigint): bigint => divideHalfEven(amount * rate, WHOLE);

export interface Exchanged {
  readonly receives: bigint;
  readonly spread: bigint;
  readonly remainder: bigint;
}

/** The market amount down to eight digits, half a percent of it half-even, and the rest down to whole smallest units. */
export function exchanged(amount: bigint, rate: bigint, to: Currency): Exchanged {
  const market = (amount * rate) / WHOLE;
  const spread = divideHalfEven(market * SPREAD_BPS, BPS);
  const left = market - spread;
  const receives = (left / SMALLEST[to]) * SMALLEST[to];
  return { receives, spread, remainder: left - receives };
}
