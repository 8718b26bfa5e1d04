import { describe, expect, test } from 'vitest';
import type { DatedFlow } from './xirr.ts';
import { netFutureValue, netPresentValue, xirr } from './xirr.ts';
import { yearFraction } from './year-fraction.ts';
import type { DayCount } from './year-fraction.ts';

// Portfolio Performance, IRRTest: the result of Excel's XIRR is quoted there.
const ADIDAS: DatedFlow[] = [
  { date: '2017-01-02', amount: -1533 },
  { date: '2017-01-09', amount: -10 },
  { date: '2017-01-10', amount: 5 },
  { date: '2017-01-11', amount: -25 },
  { date: '2017-01-12', amount: 5 },
  { date: '2017-01-31', amount: 1456.5 },
];

test('agrees with Excel, whatever the order', () => {
  expect(xirr(ADIDAS)).toEqual({ kind: 'unique', rate: expect.closeTo(-0.573_350_433, 7) as number });
  expect(xirr(ADIDAS.toReversed())).toEqual(xirr(ADIDAS));
});

test('finds rates near a total loss', () => {
  // pyxirr, close_to_minus_0_99 and close_to_minus_0_99999.
  expect(
    xirr([
      { date: '2021-06-09', amount: -134.09 },
      { date: '2021-08-11', amount: 40.86 },
    ]),
  ).toEqual({ kind: 'unique', rate: expect.closeTo(-0.998_976_923_173_427_7, 12) as number });
  expect(
    xirr([
      { date: '2020-03-05', amount: -18_480 },
      { date: '2020-03-16', amount: 13_120 },
    ]),
  ).toEqual({ kind: 'unique', rate: expect.closeTo(-0.999_988_422_817_008_7, 12) as number });
});

test('has none without flows or with one sign', () => {
  expect(xirr([])).toEqual({ kind: 'none' });
  expect(xirr([{ date: '2020-01-01', amount: 1 }])).toEqual({ kind: 'none' });
});

describe('the worth of flows at a rate', () => {
  // pyxirr, test_xnfv.
  const flows: DatedFlow[] = [
    { date: '2011-11-30', amount: -100_000 },
    { date: '2012-03-15', amount: -50_000 },
    { date: '2012-07-18', amount: -2500 },
    { date: '2012-11-30', amount: 12_500 },
    { date: '2013-01-23', amount: 37_500 },
    { date: '2013-04-30', amount: 75_000 },
    { date: '2014-02-06', amount: 90_000 },
  ];

  test('compounds to the last date', () => {
    expect(netFutureValue(flows, 0.025)).toBeCloseTo(57_238.124_929_930_3, 6);
  });

  test('discounts to the first date', () => {
    const years = 799 / 365;
    expect(netPresentValue(flows, 0.025)).toBeCloseTo(57_238.124_929_930_3 / 1.025 ** years, 6);
    expect(netPresentValue([], 0.1)).toBe(0);
  });

  test('is refused where a rate makes it infinite', () => {
    expect(() => netPresentValue(flows, -1)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});

describe('day counts', () => {
  // The example of MathWorks' documentation of xirr, by basis.
  const flows: DatedFlow[] = [
    { date: '2007-01-12', amount: -10_000 },
    { date: '2008-02-14', amount: 2500 },
    { date: '2008-03-03', amount: 2000 },
    { date: '2008-06-14', amount: 3000 },
    { date: '2008-12-01', amount: 4000 },
  ];

  test.each([
    ['30e/360', 0.100_675_477_282_743],
    ['act/act-isda', 0.100_739_648_987_346],
  ] as const)('%s gives the rate that MathWorks prints', (dayCount, rate) => {
    expect(xirr(flows, { dayCount })).toEqual({ kind: 'unique', rate: expect.closeTo(rate, 9) as number });
  });

  // ISDA, "EMU and market conventions: recent developments", 1998: 1 November 2003 to 1 May 2004 by actual/actual.
  test.each([
    ['act/365f', '2003-11-01', '2004-05-01', 182 / 365],
    ['act/360', '2003-11-01', '2004-05-01', 182 / 360],
    ['act/365.25', '2004-03-10', '2004-03-29', 19 / 365.25],
    ['act/act-isda', '2003-11-01', '2004-05-01', 61 / 365 + 121 / 366],
    ['act/act-isda', '2003-02-01', '2003-05-01', 89 / 365],
    ['act/act-isda', '2002-07-01', '2005-07-01', 184 / 365 + 2 + 181 / 365],
    ['30e/360', '2007-01-31', '2007-02-28', 28 / 360],
    ['30e/360', '2006-08-30', '2007-03-31', 210 / 360],
    ['30/360', '2006-08-20', '2007-01-31', 161 / 360],
    ['30/360', '2006-08-31', '2007-01-31', 150 / 360],
    ['30/360', '2007-02-28', '2007-03-31', 30 / 360],
    ['30/360', '2007-02-15', '2007-03-15', 30 / 360],
    ['30/360', '2007-03-28', '2007-04-28', 30 / 360],
    ['30/360', '2007-02-28', '2008-02-29', 1],
  ] as const)('%s from %s to %s', (...[dayCount, from, to, years]) => {
    expect(yearFraction(from, to, dayCount)).toBeCloseTo(years, 15);
  });

  test('run backwards as they run forwards', () => {
    expect(yearFraction('2004-05-01', '2003-11-01', 'act/act-isda')).toBe(-yearFraction('2003-11-01', '2004-05-01', 'act/act-isda'));
    expect(yearFraction('2004-05-01', '2003-11-01')).toBe(-182 / 365);
  });

  test('unknown ones are refused', () => {
    expect(() => yearFraction('2004-05-01', '2003-11-01', 'bus/252' as DayCount)).toThrow('bus/252');
  });
});
