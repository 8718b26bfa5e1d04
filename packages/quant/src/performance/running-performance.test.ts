import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cumulativeReturn } from '../returns/cumulative-return.ts';
import { volatility } from '../risk/volatility.ts';
import { maxDrawdown } from './max-drawdown.ts';
import { RunningPerformance } from './running-performance.ts';
import type { PerformanceFigures } from './running-performance.ts';
import { sharpeRatio } from './sharpe-ratio.ts';

function batch(returns: ReadonlyArray<number | null>): PerformanceFigures {
  return {
    totalReturn: cumulativeReturn(returns),
    volatility: volatility(returns),
    sharpeRatio: sharpeRatio(returns),
    maxDrawdown: maxDrawdown(returns),
  };
}

/** The names of the figures that differ by more than 1e-12 (relative above 1). */
function differences(actual: PerformanceFigures, expected: PerformanceFigures): string[] {
  return (['totalReturn', 'volatility', 'sharpeRatio', 'maxDrawdown'] as const).filter((name) => {
    const [a, b] = [actual[name], expected[name]];
    return a === null || b === null ? a !== b : !(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)));
  });
}

describe('after each return', () => {
  test('says what the batch functions say of all so far', () => {
    const dailyReturn = fc.option(
      fc.integer({ min: -3000, max: 3000 }).map((basisPoints) => basisPoints / 10_000),
      { freq: 8 },
    );
    fc.assert(
      fc.property(fc.array(dailyReturn, { maxLength: 80 }), (returns) => {
        const running = new RunningPerformance();
        expect(returns.flatMap((value, i) => differences(running.push(value), batch(returns.slice(0, i + 1))))).toEqual([]);
      }),
    );
  });

  test('by hand: 10 %, a gap, -10 %', () => {
    const running = new RunningPerformance({ periodsPerYear: 1, riskFreePerYear: 0.02 });
    expect(running.push(0.1)).toEqual({
      totalReturn: expect.closeTo(0.1, 15) as number,
      volatility: null,
      sharpeRatio: null,
      maxDrawdown: 0,
    });
    expect(running.push(null)).toEqual(running.figures());
    // Deviation of +10 % and -10 % is sqrt(2) * 10 %, their mean less 2 % is -2 %.
    expect(running.push(-0.1)).toEqual({
      totalReturn: expect.closeTo(-0.01, 15) as number,
      volatility: expect.closeTo(0.1 * Math.SQRT2, 15) as number,
      sharpeRatio: expect.closeTo(-0.2 / Math.SQRT2, 14) as number,
      maxDrawdown: expect.closeTo(0.1, 15) as number,
    });
  });
});

test('before any return nothing is defined', () => {
  const nothing = { totalReturn: null, volatility: null, sharpeRatio: null, maxDrawdown: null };
  const running = new RunningPerformance();
  expect(running.figures()).toEqual(nothing);
  expect(running.push(null)).toEqual(nothing);
});

test('without variance there is no Sharpe ratio, and no infinity', () => {
  const running = new RunningPerformance();
  for (let i = 0; i < 100; i++) running.push(0.01);
  expect(running.figures()).toMatchObject({ volatility: 0, sharpeRatio: null });
});

test('a large mean costs no digits', () => {
  const running = new RunningPerformance({ periodsPerYear: 1 });
  for (const value of [4, 7, 13, 16]) running.push(1e9 + value);
  expect(running.figures().volatility).toBeCloseTo(Math.sqrt(30), 12);
});

test('a refused return changes nothing', () => {
  const running = new RunningPerformance();
  running.push(0.1);
  const before = running.figures();
  expect(() => running.push(Number.NaN)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  expect(running.figures()).toEqual(before);
  expect(() => new RunningPerformance({ periodsPerYear: 0 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  expect(() => new RunningPerformance({ riskFreePerYear: Number.NaN })).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
});
