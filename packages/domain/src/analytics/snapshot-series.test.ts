import { decimal, seededRandom, type Decimal } from '@trii/kernel';
import { maxDrawdown, sharpeRatio, volatility } from '@trii/quant';
import { describe, expect, it } from 'vitest';
import { growthDay, SnapshotSeries, type SnapshotStatistics } from './snapshot-series.ts';

interface Day {
  readonly value: string;
  readonly in?: string;
  readonly out?: string;
  readonly stale?: boolean;
}

const day = (value: string, flows: Omit<Day, 'value'> = {}): Day => ({ value, ...flows });

function seriesOf(days: readonly Day[]): SnapshotStatistics[] {
  const series = new SnapshotSeries();
  return days.map(({ value, in: inflow = '0', out: outflow = '0', stale: isStale = false }, index) => {
    const session = { totalValue: decimal(value), inflow: decimal(inflow), outflow: decimal(outflow), isStale };
    return series.push(growthDay(session, decimal(days[index - 1]?.value ?? '0')));
  });
}

const product = (returns: readonly (string | null)[]): Decimal =>
  returns.reduce((growth, each) => growth.times(decimal(each ?? '0').plus(1)), decimal(1));

describe('SnapshotSeries', () => {
  it('takes inflows at the start and outflows at the end of a day', () => {
    const days = seriesOf([
      day('1000', { in: '1000' }),
      day('1100'),
      day('1650', { in: '550' }),
      day('1500', { out: '165' }),
      day('0', { out: '1500' }),
    ]);
    expect(days.map(({ dailyReturn }) => dailyReturn)).toEqual([
      '0.00000000', // 1000 / 1000 - 1
      '0.10000000', // 1100 / 1000 - 1
      '0.00000000', // 1650 / (1100 + 550) - 1
      '0.00909091', // (1500 + 165) / 1650 - 1 = 0.0090909...
      '0.00000000', // (0 + 1500) / 1500 - 1
    ]);
    // 1.1 x 1.00909090... - 1 = 0.11
    expect(days.at(-1)?.totalReturn).toBe('0.11000000');
  });

  it('has no return while nothing is invested, and goes on when money comes again', () => {
    const days = seriesOf([day('0'), day('100', { in: '100' }), day('0', { out: '110' }), day('0'), day('52', { in: '50' })]);
    expect(days.map(({ dailyReturn }) => dailyReturn)).toEqual([null, '0.00000000', '0.10000000', null, '0.04000000']);
    expect(days.map(({ totalReturn }) => totalReturn)).toEqual([null, '0.00000000', '0.10000000', '0.10000000', '0.14400000']); // 1.1 x 1.04
  });

  it('keeps the growth of stale days for the next fresh one', () => {
    // 100 -> 102 (stale) -> 51 in, 153 (stale) -> 168.3: 1.02 x (153 / 153) x (168.3 / 153) = 1.02 x 1.1 = 1.122
    const days = seriesOf([day('100', { in: '100' }), day('102', { stale: true }), day('153', { in: '51', stale: true }), day('168.3')]);
    expect(days.map(({ dailyReturn }) => dailyReturn)).toEqual(['0.00000000', null, null, '0.12200000']);
    expect(days.map(({ totalReturn }) => totalReturn)).toEqual(['0.00000000', '0.00000000', '0.00000000', '0.12200000']);
  });

  it('gives volatility, Sharpe ratio and drawdown from two returns on', () => {
    const [first, second, third] = seriesOf([day('100', { in: '100' }), day('110'), day('99')]);
    expect(first).toEqual({ dailyReturn: '0.00000000', totalReturn: '0.00000000', volatility: null, sharpeRatio: null, maxDrawdown: null });
    // returns 0 and 0.1: mean 0.05, variance (0.0025 + 0.0025) / 1, deviation 0.0707106781..., a year x sqrt(252) = 1.12249722
    // (0.05 - 0.03 / 252) / 0.0707106781 x sqrt(252) = 0.0498809524 / 0.0707106781 = 0.705423195, x 15.8745078664 = 11.19824604
    expect(second).toMatchObject({ volatility: '1.12249722', sharpeRatio: '11.19824604', maxDrawdown: '0.00000000' });
    // 0.99 / 1.1 = 0.9: down 10 % from the peak
    expect(third).toMatchObject({ dailyReturn: '-0.10000000', totalReturn: '-0.01000000', maxDrawdown: '0.10000000' });
  });

  it('counts the start as a peak', () => {
    expect(seriesOf([day('80', { in: '100' }), day('90')]).at(-1)?.maxDrawdown).toBe('0.20000000');
  });

  it('has no Sharpe ratio without variance, whatever the cents in the flows', () => {
    const flat = seriesOf([
      day('1000.10', { in: '1000.10' }),
      day('1000.30', { in: '0.20' }),
      day('1000.40', { in: '0.10' }),
      day('1000.40'),
    ]);
    expect(flat.at(-1)).toEqual({
      dailyReturn: '0.00000000',
      totalReturn: '0.00000000',
      volatility: '0.00000000',
      sharpeRatio: null,
      maxDrawdown: '0.00000000',
    });
  });

  it('leaves out a figure that its column cannot hold instead of stopping', () => {
    const days = seriesOf([day('0.00000001', { in: '0.00000001' }), day('1000000')]);
    expect(days.at(-1)).toMatchObject({ dailyReturn: null, totalReturn: null });
  });

  it('says the same as the whole series at once, and its total is the product of its daily returns', () => {
    const random = seededRandom(20181123);
    const days = Array.from({ length: 400 }, () =>
      day((900 + random.integer(0, 200_000) / 1000).toFixed(3), {
        in: String(random.integer(0, 3)),
        out: String(random.integer(0, 3)),
        stale: random.integer(0, 9) === 0,
      }),
    );
    const figures = seriesOf([day('1000', { in: '1000' }), ...days]);
    const returns = figures.flatMap(({ dailyReturn }) => (dailyReturn === null ? [] : [Number(dailyReturn)]));
    const last = figures.at(-1);
    expect(Number(last?.volatility)).toBeCloseTo(volatility(returns) ?? NaN, 6);
    expect(Number(last?.sharpeRatio)).toBeCloseTo(sharpeRatio(returns) ?? NaN, 5);
    expect(Number(last?.maxDrawdown)).toBeCloseTo(maxDrawdown(returns) ?? NaN, 6);
    expect(Number(last?.totalReturn)).toBeCloseTo(
      product(figures.map(({ dailyReturn }) => dailyReturn))
        .minus(1)
        .toNumber(),
      5,
    );
  });
});
