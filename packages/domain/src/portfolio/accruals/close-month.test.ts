import { decimal, toDecimalString } from '@trii/kernel';
import { describe, expect, test } from 'vitest';
import { closeMonth } from './close-month.ts';
import type { AccruedFigure } from './read-accrued.ts';

const close = (kind: AccruedFigure['kind'], accrued: string, given: { posted?: string; available?: string; currency?: string } = {}) => {
  const { posted = '0', available = '1000', currency = 'USD' } = given;
  const closed = { through: '2018-01-31', accrued: decimal(0), posted: decimal(posted), carry: decimal(0), unpaid: decimal(0) } as const;
  const figure = { portfolioId: 'any', kind, currency, accrued: decimal(accrued), closed };
  const month = closeMonth(figure, decimal(available));
  return [month.posted, month.carry, month.unpaid].map(toDecimalString);
};

describe('of what accrued', () => {
  test.each([
    ['whole cents are posted and the rest is carried', 'INTEREST', '10.019999', {}, ['10.01', '0.009999', '0']],
    ['what was carried comes when it makes a cent', 'INTEREST', '20.020001', { posted: '10.01' }, ['10.01', '0.000001', '0']],
    ['a currency without smaller units posts whole ones', 'INTEREST', '10.99', { currency: 'JPY' }, ['10', '0.99', '0']],
    ['interest posted too much is carried and not taken back', 'INTEREST', '4.005', { posted: '10.00' }, ['0', '-5.995', '0']],
    ['a fee is posted like interest', 'ADVISORY_FEE', '10.019', {}, ['10.01', '0.009', '0']],
    [
      'a fee takes no more than there is, and the rest stays due',
      'ADVISORY_FEE',
      '10.019',
      { available: '4.50' },
      ['4.5', '5.519', '5.51'],
    ],
    ['a fee takes nothing where nothing is', 'ADVISORY_FEE', '10.019', { available: '0' }, ['0', '10.019', '10.01']],
    ['a fee taken too much is given back', 'ADVISORY_FEE', '4.005', { posted: '10.00' }, ['-5.99', '-0.005', '0']],
  ] as const)('%s', (...[, kind, accrued, given, expected]) => {
    expect(close(kind, accrued, given)).toEqual(expected);
  });
});
