import { describe, expect, test } from 'vitest';
import { annualize } from './annualized-return.ts';
import { cumulativeReturn, cumulativeReturns } from './cumulative-return.ts';
import { averageCapital, modifiedDietzReturn } from './modified-dietz.ts';
import { subPeriodReturn } from './sub-period-return.ts';
import type { FlowPeriod } from './sub-period-return.ts';
import { returnsBetweenFlows, timeWeightedReturn } from './time-weighted-return.ts';

describe('the return of one day', () => {
  test('has money coming in at the start and going out at the end', () => {
    expect(subPeriodReturn({ begin: 100, end: 231, inflow: 110, outflow: 0 })).toBeCloseTo(0.1, 15);
    expect(subPeriodReturn({ begin: 100, end: 60, inflow: 0, outflow: 50 })).toBeCloseTo(0.1, 15);
    expect(subPeriodReturn({ begin: 0, end: 1010, inflow: 1000, outflow: 0 })).toBeCloseTo(0.01, 15);
  });

  test('is not measured where nothing was invested', () => {
    expect(subPeriodReturn({ begin: 0, end: 0, inflow: 0, outflow: 0 })).toBeNull();
    expect(subPeriodReturn({ begin: 0, end: 1, inflow: 0, outflow: 0 })).toBeNull();
    expect(subPeriodReturn({ begin: -10, end: 1, inflow: 5, outflow: 0 })).toBeNull();
  });

  test('is zero when all was taken out at cost, and -1 when all was lost', () => {
    expect(subPeriodReturn({ begin: 100, end: 0, inflow: 0, outflow: 100 })).toBe(0);
    expect(subPeriodReturn({ begin: 100, end: 0, inflow: 0, outflow: 0 })).toBe(-1);
  });

  test('refuses negative flows and NaN', () => {
    expect(() => subPeriodReturn({ begin: 1, end: 1, inflow: -1, outflow: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => subPeriodReturn({ begin: 1, end: 1, inflow: 0, outflow: -1 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => subPeriodReturn({ begin: Number.NaN, end: 1, inflow: 0, outflow: 0 })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
  });
});

describe('Portfolio Performance', () => {
  // ClientIndexTest, "excel sample": deposits, withdrawals, interest and fees of 31 December 2011 to 8 January 2012.
  const flows: ReadonlyArray<{ inflow?: number; outflow?: number; gain?: number }> = [
    { gain: 230 },
    { inflow: 200, gain: 200 },
    { outflow: 400, gain: -234.41 },
    { gain: 293.99 },
    { gain: 293.99 },
    { inflow: 5400, gain: 195.99 },
    { outflow: 3697.04, gain: -882.52 },
    { gain: -1003.85 },
  ];
  let value = 10_000;
  const days: FlowPeriod[] = flows.map(({ inflow = 0, outflow = 0, gain = 0 }) => {
    const begin = value;
    value += inflow - outflow + gain;
    return { begin, end: value, inflow, outflow };
  });

  test('expects 2.3 % on the first Sunday and -5.6182678 % on the second', () => {
    expect(timeWeightedReturn(days.slice(0, 1))).toBeCloseTo(0.023, 5);
    expect(timeWeightedReturn(days)).toBeCloseTo(-0.056_182_678, 5);
    expect(timeWeightedReturn(days.slice(1))).toBeCloseTo(-0.077_402_422, 5);
  });

  test('expects the same returns with and without flows', () => {
    const gains = [23, 20, -23, 30, 30, 20, -60, -90];
    let wealth = 1000;
    const path = gains.map((gain) => {
      const begin = wealth;
      wealth += gain;
      return { begin, end: wealth, inflow: 0, outflow: 0 };
    });
    const doubled = path.map(({ begin, end }) => ({ begin, end: end * 2, inflow: begin, outflow: 0 }));
    expect(cumulativeReturns(path.map(subPeriodReturn)).map((r) => Number(r.toFixed(5)))).toEqual([
      0.023, 0.043, 0.02, 0.05, 0.08, 0.1, 0.04, -0.05,
    ]);
    expect(timeWeightedReturn(doubled)).toBeCloseTo(-0.05, 12);
  });

  test('ignores a gain on nothing', () => {
    expect(timeWeightedReturn([{ begin: 0, end: 1, inflow: 0, outflow: 0 }])).toBeNull();
    expect(
      timeWeightedReturn([
        { begin: 0, end: 1, inflow: 0, outflow: 0 },
        { begin: 1, end: 2, inflow: 0, outflow: 0 },
      ]),
    ).toBeCloseTo(1, 15);
  });

  test('of no days is not defined', () => {
    expect(timeWeightedReturn([])).toBeNull();
  });
});

describe('textbooks, valued just before each flow', () => {
  test('four quarters in millions (analystforum.com): 31.85 %', () => {
    const returns = returnsBetweenFlows({
      startValue: 2.2,
      flows: [
        { valueBefore: 2.4, flow: 0.4 },
        { valueBefore: 2.6, flow: -0.2 },
        { valueBefore: 3.2, flow: 1 },
      ],
      endValue: 4.1,
    });
    expect(cumulativeReturn(returns)).toBeCloseTo(0.3185, 4);
  });

  test('one share, then a second (CFA Institute): 22 % and 10 %, that is 15.84 % a year', () => {
    const returns = returnsBetweenFlows({ startValue: 100, flows: [{ valueBefore: 122, flow: 118 }], endValue: 264 });
    expect(returns).toEqual([expect.closeTo(0.22, 14), expect.closeTo(0.1, 14)]);
    expect(annualize(cumulativeReturn(returns) ?? Number.NaN, 2)).toBeCloseTo(0.1584, 4);
  });

  test('nothing invested is a gap', () => {
    expect(returnsBetweenFlows({ startValue: 0, flows: [{ valueBefore: 0, flow: 100 }], endValue: 110 })).toEqual([
      null,
      expect.closeTo(0.1, 14),
    ]);
  });
});

describe('modified Dietz', () => {
  test('weighs flows by the time that was left (bloombergprep.com): 2.45 % on an average of 591.237', () => {
    const path = {
      startValue: 585.6,
      endValue: 602.34,
      flows: [
        { weight: 26 / 31, amount: -15.05 },
        { weight: 22 / 31, amount: 19.82 },
        { weight: 16 / 31, amount: 16.42 },
        { weight: 7 / 31, amount: -18.96 },
      ],
    };
    expect(averageCapital(path)).toBeCloseTo(591.237, 3);
    expect(modifiedDietzReturn(path)).toBeCloseTo(0.0245, 4);
  });

  test('without flows is the simple return (Wikipedia): -0.24 %', () => {
    expect(modifiedDietzReturn({ startValue: 1_128_728, endValue: 1_125_990, flows: [] })).toBeCloseTo(-0.0024, 4);
  });

  test('without capital is not defined, with NaN refused', () => {
    expect(modifiedDietzReturn({ startValue: 0, endValue: 10, flows: [] })).toBeNull();
    expect(() => modifiedDietzReturn({ startValue: 1, endValue: Number.NaN, flows: [] })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE' }),
    );
  });
});
