import { decimal, Money, toDecimalString, ZERO } from '@trii/kernel';
import { FLAT_POSITION } from '@trii/quant';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grossAmount, settlePurchase, settleSale } from './settle-trade.ts';

const instrumentId = '018f0000-0000-7000-8000-00000000000a';
const usd = (amount: string) => Money.of(amount, 'USD');
const deal = (quantity: string, gross: string, fee: string) => ({
  instrumentId,
  quantity: decimal(quantity),
  gross: usd(gross),
  fee: usd(fee),
});

describe('the gross amount of a trade', () => {
  test('is quantity times price, rounded half-even to the smallest unit of the currency', () => {
    expect(grossAmount(decimal('3'), decimal('99.99'), 'USD').toString()).toBe('299.97 USD');
    // 0.5 x 0.25 = 0.125 and 0.5 x 0.27 = 0.135 are ties: to 0.12 and 0.14.
    expect(grossAmount(decimal('0.5'), decimal('0.25'), 'USD').toString()).toBe('0.12 USD');
    expect(grossAmount(decimal('0.5'), decimal('0.27'), 'USD').toString()).toBe('0.14 USD');
    expect(grossAmount(decimal('1.5'), decimal('101'), 'JPY').toString()).toBe('152 JPY');
    expect(grossAmount(decimal('0.00000001'), decimal('100'), 'USD').toString()).toBe('0 USD');
  });
});

describe('settlement', () => {
  test('of a purchase adds gross and fee to the cost and takes them from the cash', () => {
    const settled = settlePurchase({ quantity: decimal('10'), cost: decimal('1001') }, deal('5', '600', '1'));
    expect(toDecimalString(settled.cashChange)).toBe('-601');
    expect(toDecimalString(settled.costChange)).toBe('601');
    expect(toDecimalString(settled.position.quantity)).toBe('15');
    expect(toDecimalString(settled.position.cost)).toBe('1602');
    expect(settled.realizedPnl.isZero()).toBe(true);
  });

  test('of a partial sale removes its share of the cost', () => {
    const settled = settleSale({ quantity: decimal('15'), cost: decimal('1602') }, deal('6', '780', '2'));
    // Average 1602 / 15 = 106.80; 6 of them cost 640.80. Gain: 780 - 2 - 640.80 = 137.20.
    expect(toDecimalString(settled.cashChange)).toBe('778');
    expect(toDecimalString(settled.costChange)).toBe('-640.8');
    expect(toDecimalString(settled.realizedPnl)).toBe('137.2');
    expect(toDecimalString(settled.position.cost)).toBe('961.2');
  });

  test('of a sale in thirds leaves no remainder of the cost behind', () => {
    const first = settleSale({ quantity: decimal('3'), cost: decimal('100') }, deal('1', '40', '0'));
    const second = settleSale(first.position, deal('1', '40', '0'));
    const third = settleSale(second.position, deal('1', '40', '0'));
    // 100 / 3 = 33.33333333 to eight digits; of the remaining 66.66666667 half is 33.333333335, a tie: to the even 33.33333334.
    expect([first, second, third].map(({ costChange }) => toDecimalString(costChange))).toEqual([
      '-33.33333333',
      '-33.33333334',
      '-33.33333333',
    ]);
    expect(third.position).toEqual({ quantity: ZERO, cost: ZERO });
    // 3 x 40 - 100 = 20, to the last digit.
    expect(toDecimalString(first.realizedPnl.plus(second.realizedPnl).plus(third.realizedPnl))).toBe('20');
  });

  const units = fc.integer({ min: 1, max: 10 ** 10 }).map((parts) => decimal(parts).div(10 ** 8));
  const price = fc.integer({ min: 10 ** 8, max: 10 ** 12 }).map((parts) => decimal(parts).div(10 ** 8));
  const fee = fc.integer({ min: 0, max: 10_000 }).map((cents) => Money.of(decimal(cents).div(100), 'USD'));

  test('of a purchase and a sale of the same at one price loses exactly the fees', () => {
    fc.assert(
      fc.property(fc.record({ quantity: units, at: price, feeIn: fee, feeOut: fee }), ({ quantity, at, feeIn, feeOut }) => {
        const gross = grossAmount(quantity, at, 'USD');
        const bought = settlePurchase(FLAT_POSITION, { instrumentId, quantity, gross, fee: feeIn });
        const sold = settleSale(bought.position, { instrumentId, quantity, gross, fee: feeOut });
        const fees = feeIn.add(feeOut).amount;
        expect(toDecimalString(bought.cashChange.plus(sold.cashChange))).toBe(toDecimalString(fees.negated()));
        expect(toDecimalString(sold.realizedPnl)).toBe(toDecimalString(fees.negated()));
        expect(sold.position.cost.isZero() && sold.position.quantity.isZero()).toBe(true);
      }),
    );
  });

  test('never makes a unit by rounding: once flat, all gains together are what the cash gained', () => {
    const trade = fc.record({ side: fc.constantFrom('BUY', 'SELL'), quantity: units, price, fee });
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 20 }), (trades) => {
        let [position, cash, gain, cost] = [FLAT_POSITION, ZERO, ZERO, ZERO];
        const apply = (settled: ReturnType<typeof settleSale>) => {
          position = settled.position;
          cash = cash.plus(settled.cashChange);
          gain = gain.plus(settled.realizedPnl);
          cost = cost.plus(settled.costChange);
        };
        for (const each of trades) {
          const gross = grossAmount(each.quantity, each.price, 'USD');
          if (each.side === 'BUY') apply(settlePurchase(position, { instrumentId, quantity: each.quantity, gross, fee: each.fee }));
          else if (each.quantity.lessThanOrEqualTo(position.quantity)) {
            apply(settleSale(position, { instrumentId, quantity: each.quantity, gross, fee: each.fee }));
          }
          expect(toDecimalString(position.cost)).toBe(toDecimalString(cost));
          expect(position.cost.isNegative() && !position.cost.isZero()).toBe(false);
        }
        if (!position.quantity.isZero()) {
          apply(settleSale(position, { instrumentId, quantity: position.quantity, gross: usd('1'), fee: usd('0') }));
        }
        expect(toDecimalString(gain)).toBe(toDecimalString(cash));
      }),
    );
  });
});
