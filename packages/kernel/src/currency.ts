import { CodedError } from './errors.ts';

/** An ISO 4217 alphabetic code, upper case. */
export type CurrencyCode = string;

/**
 * Active currencies of ISO 4217 by the number of digits of their minor unit (SIX Group, list one). Codes without a minor unit
 * (precious metals such as XAU, units of account such as XDR, test codes) are left out: they are no cash.
 */
const CODES_BY_MINOR_UNIT: ReadonlyArray<readonly [number, string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU ' +
      'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
      'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR ' +
      'NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP ' +
      'TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const MINOR_UNIT: ReadonlyMap<string, number> = new Map(
  CODES_BY_MINOR_UNIT.flatMap(([digits, codes]) => codes.split(' ').map((code): [string, number] => [code, digits])),
);

/** All known codes, in alphabetical order. */
export const CURRENCY_CODES: readonly CurrencyCode[] = [...MINOR_UNIT.keys()].toSorted();

export function isCurrencyCode(value: unknown): value is CurrencyCode {
  return typeof value === 'string' && MINOR_UNIT.has(value);
}

/**
 * Digits after the point of a currency's smallest unit: USD 2, COP 2, JPY 0, KWD 3.
 * @throws CodedError UNKNOWN_CURRENCY
 */
export function minorUnitOf(currency: CurrencyCode): number {
  const digits = MINOR_UNIT.get(currency);
  if (digits === undefined) {
    throw new CodedError('UNKNOWN_CURRENCY', 'expected an active ISO 4217 code in upper case, such as USD', {
      details: { currency: currency.slice(0, 16) },
    });
  }
  return digits;
}
