import { describe, expect, test } from 'vitest';
import { sessionTotalReturn, totalReturn } from './total-return.ts';

describe('a session with distributions', () => {
  // Quandl WIKI prices, as kept by plotly/datasets (dash-stock-ticker-demo.csv); adjusted closes give the returns.
  test.each([
    { day: 'AAPL 2015-11-05', previousClose: 122, session: { close: 120.92, dividend: 0.52 }, expected: -0.004590163934399927 },
    { day: 'AAPL 2016-02-04', previousClose: 96.35, session: { close: 96.6, dividend: 0.52 }, expected: 0.007991696938241866 },
    { day: 'AAPL 2016-05-05', previousClose: 94.19, session: { close: 93.24, dividend: 0.57 }, expected: -0.004034398556114871 },
    { day: 'COKE 2015-04-29', previousClose: 113.95, session: { close: 111.46, dividend: 0.25 }, expected: -0.01965774462486114 },
    { day: 'COKE 2015-10-28', previousClose: 208.04, session: { close: 214.73, dividend: 0.25 }, expected: 0.03335896942895 },
    { day: 'COKE 2017-01-25', previousClose: 169.6, session: { close: 169.35, dividend: 0.25 }, expected: 0 },
  ])('returns what the adjusted closes say: $day', ({ previousClose, session, expected }) => {
    expect(sessionTotalReturn(previousClose, session)).toBeCloseTo(expected, 10);
  });

  test('a split alone returns nothing', () => {
    // Apple, seven for one on 2014-06-09, as if it had closed unchanged.
    expect(sessionTotalReturn(700, { close: 100, splitRatio: 7 })).toBeCloseTo(0, 12);
  });

  test('over several sessions it compounds, without the first one’s own distribution', () => {
    // 100 -> 110 with 10 paid: 20 %; 110 -> 55 by a split of two: 0 %. Together 20 %.
    const sessions = [
      { close: 100, dividend: 50 },
      { close: 110, dividend: 10 },
      { close: 55, splitRatio: 2 },
    ];
    expect(totalReturn(sessions)).toBeCloseTo(0.2, 12);
    expect(totalReturn([{ close: 100 }])).toBe(0);
  });

  test('prices that are no prices are refused', () => {
    for (const close of [0, -1, Number.NaN])
      expect(() => sessionTotalReturn(100, { close })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => sessionTotalReturn(0, { close: 1 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => sessionTotalReturn(1, { close: 1, dividend: -1 })).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => totalReturn([])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
