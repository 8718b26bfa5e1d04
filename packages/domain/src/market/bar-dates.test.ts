import { describe, expect, it } from 'vitest';
import { dateReader, type DateRequest, detectDateFormat } from './bar-dates.ts';
import type { DateFormat } from './date-formats.ts';

const DAY = 86_400_000;
const day = (iso: string): number => Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)) - 1, Number(iso.slice(8, 10))) / DAY;

function reader(sample: string[], options: Partial<DateRequest> = {}) {
  return dateReader({ sample, format: undefined, timeZone: undefined, granularity: 'day', ...options });
}

describe('detectDateFormat', () => {
  it.each<[DateFormat, string[]]>([
    ['YYYY-MM-DD', ['2020-01-03', '2020-01-06']],
    ['YYYY-MM-DD', ['2020/1/3']],
    ['YYYY-MM-DD', ['2020-12-15 09:30', '2020-12-15T09:31:00.000Z']],
    ['YYYYMMDD', ['20200103']],
    ['M/D/YYYY', ['1/3/2017', '1/13/2017']],
    ['D/M/YYYY', ['3.1.2017', '13.1.2017']],
    ['MMM D YYYY', ['Jan 1 2000', 'Feb 1, 2000', 'September 1 2000']],
    ['D MMM YYYY', ['03-Jan-2017', '4 Sept 2017']],
    ['epoch-s', ['1577941200', '1577941260']],
    ['epoch-ms', ['1577941200000']],
  ])('tells %s from %j', (format, sample) => {
    expect(detectDateFormat(sample)).toBe(format);
  });

  it('does not choose between month first and day first while no day is above twelve', () => {
    expect(() => detectDateFormat(['1/2/2017', '3/4/2017'])).toThrow(
      /can be read as M\/D\/YYYY or D\/M\/YYYY; say which with --date-format/,
    );
  });

  it('refuses a file that mixes both', () => {
    expect(() => detectDateFormat(['1/13/2017', '13/1/2017'])).toThrow(/M\/D\/YYYY or D\/M\/YYYY/);
  });

  it('does not guess the century of a two-digit year, nor dates from plain counts', () => {
    expect(() => detectDateFormat(['01/03/17'])).toThrow(/"01\/03\/17".*none of the known formats/);
    expect(() => detectDateFormat(['0', '1', '251'])).toThrow(/none of the known formats/);
    expect(() => detectDateFormat([])).toThrow(/\(empty\)/);
  });

  it('is not misled by a few broken cells', () => {
    expect(detectDateFormat(['1/13/2017', 'n/a', '2/30/2017'])).toBe('M/D/YYYY');
  });

  it('takes a bare month only for monthly closes', () => {
    expect(detectDateFormat(['2020-01', '2020-02'], 'month')).toBe('YYYY-MM');
    expect(() => detectDateFormat(['2020-01'])).toThrow(/none of the known formats/);
  });
});

describe('dateReader of days', () => {
  it.each([
    ['Jan 1 2000', '2000-01-01'],
    ['Feb 29 2000', '2000-02-29'],
    ['Dec 31, 1999', '1999-12-31'],
  ])('reads %s as %s', (text, iso) => {
    expect(reader([text])(text)).toBe(day(iso));
  });

  it.each(['Feb 29 2001', 'Foo 1 2000', 'Jan 32 2000', '2000-01-01', 'Jan 1 00'])('refuses %s in a file of names of months', (text) => {
    expect(reader(['Jan 1 2000'])(text)).toMatchObject({ reason: 'not_a_date' });
  });

  it('takes the date as written when a time without offset follows it', () => {
    expect(reader(['2020-01-02 00:00:00'])('2020-01-02 23:59')).toBe(day('2020-01-02'));
    expect(reader(['2020-01-02 00:00'])('2020-01-02 24:00')).toMatchObject({ reason: 'not_a_date' });
  });

  it('asks for the zone of an instant, since midnight UTC is the day before in New York', () => {
    expect(() => reader(['2020-01-02T00:00:00Z'])).toThrow(/--time-zone/);
    expect(() => reader(['1577923200'])).toThrow(/--time-zone/);
    expect(reader(['1577923200'], { timeZone: 'UTC' })('1577923200')).toBe(day('2020-01-02'));
    expect(reader(['1577923200'], { timeZone: 'America/New_York' })('1577923200')).toBe(day('2020-01-01'));
    expect(reader(['2020-01-02T00:00:00+00:00'], { timeZone: 'America/New_York' })('2020-01-02T05:00:00+0000')).toBe(day('2020-01-02'));
  });

  it('reads an ambiguous file once its format is given', () => {
    expect(reader(['1/2/2017'], { format: 'D/M/YYYY' })('1/2/2017')).toBe(day('2017-02-01'));
    expect(reader(['1/2/2017'], { format: 'M/D/YYYY' })('1/2/2017')).toBe(day('2017-01-02'));
  });

  it('goes on after more different dates than it remembers', () => {
    const read = reader(['Jan 1 2000']);
    const texts = Array.from({ length: 25_000 }, (_, n) => `Jan ${(n % 28) + 1} ${String(1000 + Math.floor(n / 28)).padStart(4, '0')}`);
    expect(texts.map(read).every((value) => typeof value === 'number')).toBe(true);
    expect(read('Jan 2 2000')).toBe(day('2000-01-02'));
  });
});

describe('dateReader of minutes', () => {
  const minutes = (sample: string[], timeZone?: string) => reader(sample, { granularity: 'minute', timeZone });

  it('reads instants with offset, as UTC, and in epoch time', () => {
    const at = Date.UTC(2020, 11, 15, 14, 30);
    for (const text of [
      '2020-12-15T14:30:00Z',
      '2020-12-15 09:30-05:00',
      '2020-12-15 09:30:00 -0500',
      '2020-12-15 14:30 UTC',
      '12/15/2020 14:30Z',
    ]) {
      expect(minutes([text])(text), text).toBe(at);
    }
    expect(minutes(['1608042600'])('1608042600')).toBe(at);
    expect(minutes(['1608042600000'])('1608042600000')).toBe(at);
  });

  it('reads wall-clock times in the zone that is named, summer and winter, and refuses them without', () => {
    expect(() => minutes(['2020-12-15 09:30'])).toThrow(/no offset.*--time-zone/);
    const read = minutes(['2020-12-15 09:30'], 'America/New_York');
    expect(read('2020-12-15 09:30')).toBe(Date.UTC(2020, 11, 15, 14, 30));
    expect(read('2020-07-15 9:30')).toBe(Date.UTC(2020, 6, 15, 13, 30));
  });

  it('does not guess what a clock showed never or twice', () => {
    const read = minutes(['2020-12-15 09:30'], 'America/New_York');
    expect(read('2020-03-08 02:30')).toMatchObject({ reason: 'nonexistent_local_time' });
    expect(read('2020-11-01 01:30')).toMatchObject({ reason: 'ambiguous_local_time' });
    expect(read('2020-11-01 01:30-04:00')).toBe(Date.UTC(2020, 10, 1, 5, 30));
  });

  it('refuses a date alone and a broken time', () => {
    const read = minutes(['2020-12-15 09:30'], 'America/New_York');
    for (const text of [
      '2020-12-15',
      '2020-12-15 9',
      '2020-12-15 09:60',
      '2020-12-15 09:30:61',
      ':',
      '09:30',
      '2020-12-15 x9:30',
      '2020-12-15 09:30 EST',
    ]) {
      expect(read(text), text).toMatchObject({ reason: 'not_a_date' });
    }
  });
});
