import { decimal, Money, seededRandom, toDecimalString } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { exchangeAmounts } from './exchange-amounts.ts';

const told = (gives: Money, to: string, { rate, bps }: { readonly rate: string; readonly bps: string }) => {
  const { market, spread, receives, remainder } = exchangeAmounts({ gives, to, rate: decimal(rate), spreadBps: decimal(bps) });
  return [market, spread, receives, remainder].map(({ amount }) => toDecimalString(amount));
};

describe('exchangeAmounts', () => {
  it.each([
    // 100 x 0.9237 = 92.37; half a percent of it is 0.46185; 91.90815 leaves 91.90 and 0.00815.
    ['100', 'USD', 'EUR', { rate: '0.9237', bps: '50' }, ['92.37', '0.46185', '91.9', '0.00815']],
    // Yen have no smaller unit: 99.99 x 151.37 = 15135.4863; a tenth of a percent 15.1354863; 15120.3508137.
    ['99.99', 'USD', 'JPY', { rate: '151.37', bps: '10' }, ['15135.4863', '15.1354863', '15120', '0.3508137']],
    // Dinars have three digits. 250 x 0.30715 = 76.7875, without spread.
    ['250', 'EUR', 'KWD', { rate: '0.30715', bps: '0' }, ['76.7875', '0', '76.787', '0.0005']],
    // Beyond eight digits what is worth something is cut: 3 / 3950 = 0.00075949367...
    ['3', 'COP', 'USD', { rate: '0.000253164556962025', bps: '50' }, ['0.00075949', '0.0000038', '0', '0.00075569']],
  ] as const)('%s %s to %s', (...[amount, from, to, terms, expected]) => {
    expect(told(Money.of(amount, from), to, terms)).toEqual(expected);
  });

  it('neither makes nor loses a unit: the parts are the whole, which is never more than what was given is worth', () => {
    const random = seededRandom(20);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const to = random.pick(['USD', 'COP', 'JPY', 'KWD', 'CLF']);
      const gives = Money.of(`${random.integer(1, 2 ** 31)}.${String(random.integer(0, 99)).padStart(2, '0')}`, 'EUR');
      const rate = decimal(`${random.integer(0, 4_000)}.${String(random.integer(1, 2 ** 31)).padStart(10, '0')}`);
      const { market, spread, receives, remainder } = exchangeAmounts({ gives, to, rate, spreadBps: decimal(random.integer(0, 9_999)) });
      expect(receives.add(spread).add(remainder).equals(market)).toBe(true);
      expect(market.amount.lessThanOrEqualTo(gives.amount.times(rate))).toBe(true);
      expect([spread, receives, remainder].some((part) => part.isNegative())).toBe(false);
      expect(receives.equals(receives.round({ rounding: 'down' }))).toBe(true);
    }
  });
});
