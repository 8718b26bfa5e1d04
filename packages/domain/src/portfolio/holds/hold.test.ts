import { decimal } from '@trii/kernel';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consumedBy, ended, remainingOf, reservationPostings, resized, type Hold } from './hold.ts';

const hold = (amount: string, consumed = '0', status: Hold['status'] = 'ACTIVE'): Hold => ({
  amount: decimal(amount),
  consumed: decimal(consumed),
  status,
});

/** `amount consumed status moved` */
const told = (move: ReturnType<typeof resized>) =>
  move && `${move.hold.amount.toString()} ${move.hold.consumed.toString()} ${move.hold.status} ${move.moved.toString()}`;

describe('a hold', () => {
  test.each([
    ['raised', '10', '0', '15', '15 0 ACTIVE 5'],
    ['lowered', '10', '4', '6', '6 4 ACTIVE -4'],
    ['lowered to what was consumed', '10', '4', '4', '4 4 CONSUMED -6'],
    ['lowered below what was consumed', '10', '4', '3.99', undefined],
  ])('%s', (...[, amount, consumed, to, expected]) => {
    expect(told(resized(hold(amount, consumed), decimal(to)))).toBe(expected);
  });

  test.each([
    ['in part', '10', '4', '5', '10 9 ACTIVE -5'],
    ['to its end', '10', '4', '6', '10 10 CONSUMED -6'],
    ['beyond it', '10', '4', '6.01', undefined],
  ])('consumed %s', (...[, amount, consumed, part, expected]) => {
    expect(told(consumedBy(hold(amount, consumed), decimal(part)))).toBe(expected);
  });

  test('ended gives back what is left of it, and then keeps nothing', () => {
    const { hold: after, moved } = ended(hold('10', '4'), 'EXPIRED');
    expect(moved.toString()).toBe('-6');
    expect(remainingOf(after).toString()).toBe('0');
  });

  test('moves between available and reserved, units without their cost', () => {
    expect(reservationPostings({ currency: 'USD' }, decimal('5'))).toEqual([
      { account: 'cash', asset: { currency: 'USD' }, amount: decimal('-5') },
      { account: 'reserved', asset: { currency: 'USD' }, amount: decimal('5') },
    ]);
    expect(reservationPostings({ instrumentId: 'i' }, decimal('-2')).map(({ account }) => account)).toEqual(['holding', 'reserved']);
    expect(reservationPostings({ currency: 'USD' }, decimal('0'))).toEqual([]);
  });
});

test('whatever is asked of it in whatever order, what it moved is what it keeps, and never below zero', () => {
  const step = fc.tuple(fc.constantFrom('resize', 'consume', 'end'), fc.integer({ min: 1, max: 2000 }));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(step, { maxLength: 20 }), (first, steps) => {
      let at = hold(String(first));
      let reserved = at.amount;
      for (const [what, figure] of steps) {
        if (at.status !== 'ACTIVE') break;
        const move =
          what === 'resize' ? resized(at, decimal(figure)) : what === 'consume' ? consumedBy(at, decimal(figure)) : ended(at, 'RELEASED');
        if (move === undefined) continue;
        at = move.hold;
        reserved = reserved.plus(move.moved);
        expect(reserved.equals(remainingOf(at))).toBe(true);
        expect(reserved.isNegative()).toBe(false);
        expect(at.consumed.equals(at.amount)).toBe(at.status === 'CONSUMED');
      }
    }),
  );
});
