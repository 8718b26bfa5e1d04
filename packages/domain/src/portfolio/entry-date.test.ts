import { describe, expect, test } from 'vitest';
import { entryDate, type EntryDateBounds } from './entry-date.ts';

const refuse = (code: string, details: Record<string, unknown>): never => {
  throw Object.assign(new Error(code), { details });
};
const bounds: EntryDateBounds = { valuationDate: '2018-05-25', openedOn: '2018-01-02', lastEntryDate: '2018-03-01' };
const dateOf = (requested: EntryDateBounds['openedOn'] | undefined, over: Partial<EntryDateBounds> = {}) =>
  entryDate({ refuse }, requested, { ...bounds, ...over });

describe('the date of an entry', () => {
  test('is the valuation date when nothing is asked for', () => {
    expect(dateOf(undefined)).toBe('2018-05-25');
  });

  test('may be that of the last entry, that of the opening and the valuation date', () => {
    expect(dateOf('2018-03-01')).toBe('2018-03-01');
    expect(dateOf('2018-05-25')).toBe('2018-05-25');
    expect(dateOf('2018-01-02', { lastEntryDate: null })).toBe('2018-01-02');
  });

  test('is refused after the valuation date', () => {
    expect(() => dateOf('2018-05-26')).toThrow(
      expect.objectContaining({ message: 'DATE_IN_FUTURE', details: { date: '2018-05-26', valuationDate: '2018-05-25' } }),
    );
  });

  test('is refused before the opening', () => {
    expect(() => dateOf('2018-01-01', { lastEntryDate: null })).toThrow(
      expect.objectContaining({ message: 'DATE_BEFORE_OPENING', details: { date: '2018-01-01', openedOn: '2018-01-02' } }),
    );
  });

  test('is refused before the last entry, whose date is told', () => {
    expect(() => dateOf('2018-02-28')).toThrow(
      expect.objectContaining({ message: 'DATE_OUT_OF_ORDER', details: { date: '2018-02-28', lastEntryDate: '2018-03-01' } }),
    );
  });

  test('that is left out is refused as well, when the platform values at a date before the last entry', () => {
    expect(() => dateOf(undefined, { valuationDate: '2018-02-01' })).toThrow(expect.objectContaining({ message: 'DATE_OUT_OF_ORDER' }));
  });
});
