import { describe, expect, it } from 'vitest';
import { resolveColumns, type ColumnRole } from './bar-columns.ts';
import type { Resolution } from './bar.ts';

const resolve = (header: string, mapping: Partial<Record<ColumnRole, string>> = {}, resolution: Resolution = '1d') =>
  resolveColumns({ header: header.split(','), mapping, resolution });

describe('resolveColumns', () => {
  it('knows the headers of common publishers, in any case and order', () => {
    expect(resolve('Date,Open,High,Low,Close,Adj Close,Volume')).toEqual({
      date: 0,
      open: 1,
      high: 2,
      low: 3,
      close: 4,
      volume: 6,
      symbol: null,
      ignored: ['Adj Close'],
    });
    expect(resolve('VOLUME,close,LOW,hIgH,open,timestamp')).toMatchObject({ volume: 0, close: 1, low: 2, high: 3, open: 4, date: 5 });
    expect(resolve('Date,Close/Last,Volume,Open,High,Low')).toMatchObject({ close: 1, volume: 2 });
    expect(resolve('symbol,date,price')).toMatchObject({ symbol: 0, date: 1, close: 2, open: null, volume: null });
    expect(resolve('t,1. open,2. high,3. low,4. close,5. volume', { date: 't' })).toMatchObject({ open: 1, close: 4, volume: 5 });
  });

  it('takes an explicit mapping before a likely name, exact before case-insensitive', () => {
    expect(resolve('Date,Close,Adj Close', { close: 'Adj Close' })).toMatchObject({ close: 2, ignored: ['Close'] });
    expect(resolve('Day,CLOSE,close', { close: 'close' })).toMatchObject({ close: 2 });
    expect(resolve('Date,adj close', { close: 'Adj Close' })).toMatchObject({ close: 1 });
  });

  it('refuses what it would have to guess, naming the option that settles it', () => {
    expect(() => resolve('date,close,price')).toThrow(/"close", "price".*--map close=NAME/);
    expect(() => resolve('date,time,close')).toThrow(/"date", "time".*--map date=NAME/);
    expect(() => resolve('2017-01-03,212.8')).toThrow(
      /no column looks like the date.*first line must be its header.*"2017-01-03", "212.8"/,
    );
    expect(() => resolve('date,open,high,low')).toThrow(/no column looks like the close/);
    expect(() => resolve('date,close', { close: 'Last' })).toThrow(/--map close=Last: the file has no such column; it has "date", "close"/);
    expect(() => resolve('date,close', { open: 'close', high: 'close', low: 'close' })).toThrow(/cannot be both/);
    expect(() => resolve('date,open,close')).toThrow(/no column for high, low/);
  });

  it('needs open, high, low and volume within the day', () => {
    expect(() => resolve('time,close', {}, '1m')).toThrow(/no column for volume, open, high, low/);
    expect(resolve('time,open,high,low,close,volume', {}, '1m')).toMatchObject({ date: 0, volume: 5 });
  });

  it("reads only the close of a month: its range and volume are not a session's", () => {
    expect(resolve('date,open,high,low,close,volume', {}, '1mo')).toMatchObject({
      open: null,
      high: null,
      low: null,
      close: 4,
      volume: null,
      ignored: ['open', 'high', 'low', 'volume'],
    });
  });

  it('shows at most twelve names of a header that may be anything', () => {
    const header = Array.from({ length: 500 }, (_, n) => `c${n}`).join(',');
    expect(() => resolve(header)).toThrow(/"c11", and 488 more$/);
  });
});
