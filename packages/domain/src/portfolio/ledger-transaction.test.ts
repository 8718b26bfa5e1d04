import { decimal, Money } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertBalanced, depositPostings, purchasePostings, salePostings, withdrawalPostings, type Posting } from './ledger-transaction.ts';

const usd = (amount: string) => Money.of(amount, 'USD');
const instrumentId = '018f0000-0000-7000-8000-00000000000a';

/** `account asset amount [cost] [gain]`, short enough to be checked by eye. */
const short = (lines: readonly Posting[]) =>
  lines.map(({ account, asset, amount, costBasis, realizedPnl }) =>
    [account, 'currency' in asset ? asset.currency : 'units', amount, costBasis, realizedPnl]
      .filter((part) => part !== undefined)
      .join(' '),
  );

const cents = fc.integer({ min: 0, max: 10 ** 12 }).map((units) => decimal(units).div(100));
const units = fc.integer({ min: 1, max: 10 ** 12 }).map((parts) => decimal(parts).div(10 ** 8));
const money = cents.map((amount) => Money.of(amount, 'USD'));

describe('builders of ledger transactions', () => {
  test('a deposit comes from outside into the cash', () => {
    expect(short(depositPostings(usd('1500.25')))).toEqual(['cash USD 1500.25', 'external USD -1500.25']);
  });

  test('a withdrawal goes from the cash to outside', () => {
    expect(short(withdrawalPostings(usd('20')))).toEqual(['cash USD -20', 'external USD 20']);
  });

  test('a purchase pays price and fee and holds the quantity at both', () => {
    expect(short(purchasePostings({ instrumentId, quantity: decimal('3'), gross: usd('300'), fee: usd('1.50') }))).toEqual([
      'cash USD -301.5',
      'trading USD 300',
      'fees USD 1.5',
      'trading units -3',
      'holding units 3 301.5',
    ]);
  });

  test('a sale brings price less fee, takes the cost out and tells the gain', () => {
    const sale = salePostings({ instrumentId, quantity: decimal('2'), gross: usd('240'), fee: usd('1'), costRemoved: decimal('201') });
    // Gain: 240 - 1 - 201 = 38.
    expect(short(sale)).toEqual(['cash USD 239', 'trading USD -240', 'fees USD 1', 'trading units 2', 'holding units -2 -201 38']);
  });

  test('no fee, no fee line; a fee as high as the proceeds moves no cash', () => {
    const free = purchasePostings({ instrumentId, quantity: decimal('1'), gross: usd('10'), fee: usd('0') });
    expect(free.map(({ account }) => account)).toEqual(['cash', 'trading', 'trading', 'holding']);
    const eaten = salePostings({ instrumentId, quantity: decimal('1'), gross: usd('5'), fee: usd('5'), costRemoved: decimal('4') });
    expect(eaten.map(({ account }) => account)).toEqual(['trading', 'fees', 'trading', 'holding']);
  });

  test('whatever is dealt, the postings sum to zero per asset', () => {
    fc.assert(
      fc.property(fc.record({ quantity: units, gross: money, fee: money }), cents, (terms, costRemoved) => {
        const deal = { instrumentId, ...terms };
        for (const lines of [purchasePostings(deal), salePostings({ ...deal, costRemoved })]) {
          const totals = new Map<string, ReturnType<typeof decimal>>();
          for (const { asset, amount } of lines) {
            const key = JSON.stringify(asset);
            totals.set(key, (totals.get(key) ?? decimal(0)).plus(amount));
          }
          expect([...totals.values()].every((total) => total.isZero())).toBe(true);
        }
      }),
    );
  });
});

describe('assertBalanced', () => {
  test('refuses what does not sum to zero, even when two assets cancel out', () => {
    const lines: Posting[] = [
      { account: 'cash', asset: { currency: 'USD' }, amount: decimal(5) },
      { account: 'external', asset: { currency: 'COP' }, amount: decimal(-5) },
    ];
    expect(() => assertBalanced(lines)).toThrow('postings of USD sum to 5, not to zero');
  });

  test('refuses an empty line and an empty transaction', () => {
    expect(() => assertBalanced([{ account: 'cash', asset: { currency: 'USD' }, amount: decimal(0) }])).toThrow('moves something');
    expect(() => assertBalanced([])).toThrow('has postings');
    expect(() => depositPostings(usd('0'))).toThrow('has postings');
  });
});
