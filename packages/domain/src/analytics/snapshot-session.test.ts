import { fixedClock } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { lastSettledSession, pendingSessions } from './snapshot-session.ts';

describe('lastSettledSession', () => {
  const later = fixedClock('2026-11-23T12:00:00Z');

  it('is the date itself when the exchange traded, else the session before', () => {
    expect(lastSettledSession('2018-05-25', later)).toBe('2018-05-25');
    expect(lastSettledSession('2018-05-28', later)).toBe('2018-05-25'); // Memorial Day, a Monday
  });

  it('waits until two hours after the close: 16:00 in New York, 13:00 on a half day', () => {
    const at = (instant: string) => lastSettledSession('2026-12-31', fixedClock(instant));
    expect(at('2026-11-23T22:59:59Z')).toBe('2026-11-20'); // Monday, 17:59:59 in New York (UTC-5)
    expect(at('2026-11-23T23:00:00Z')).toBe('2026-11-23');
    expect(at('2026-11-27T19:59:59Z')).toBe('2026-11-25'); // the Friday after Thanksgiving
    expect(at('2026-11-27T20:00:00Z')).toBe('2026-11-27');
  });

  it('never reaches into the future, whatever date is set', () => {
    expect(lastSettledSession('2090-01-02', later)).toBe('2026-11-20'); // 23 November has not closed at noon UTC
  });

  it('is nothing before the calendar begins', () => {
    expect(lastSettledSession('1989-12-29', later)).toBeUndefined();
    expect(lastSettledSession('1990-01-01', later)).toBeUndefined();
    expect(lastSettledSession('1990-01-02', later)).toBe('1990-01-02');
  });
});

describe('pendingSessions', () => {
  const state = { openedOn: '2018-01-05', dirtyFrom: null, newest: null, through: '2018-01-10' } as const; // a Friday to a Wednesday

  it('begins on the day of opening, or the first session after it', () => {
    expect(pendingSessions(state)).toEqual(['2018-01-05', '2018-01-08', '2018-01-09', '2018-01-10']);
    expect(pendingSessions({ ...state, openedOn: '2018-01-06' })).toEqual(['2018-01-08', '2018-01-09', '2018-01-10']);
  });

  it('goes on after the newest snapshot', () => {
    expect(pendingSessions({ ...state, newest: '2018-01-08' })).toEqual(['2018-01-09', '2018-01-10']);
    expect(pendingSessions({ ...state, newest: '2018-01-10' })).toEqual([]);
  });

  it('goes back to where the ledger changed, never before the opening', () => {
    expect(pendingSessions({ ...state, newest: '2018-01-10', dirtyFrom: '2018-01-09' })).toEqual(['2018-01-09', '2018-01-10']);
    expect(pendingSessions({ ...state, newest: '2018-01-10', dirtyFrom: '2018-01-06' })).toEqual([
      '2018-01-08',
      '2018-01-09',
      '2018-01-10',
    ]);
    expect(pendingSessions({ ...state, newest: '2018-01-08', dirtyFrom: '2017-12-29' })[0]).toBe('2018-01-05');
  });

  it('closes the gap after the newest snapshot even where the ledger changed only later', () => {
    expect(pendingSessions({ ...state, newest: '2018-01-05', dirtyFrom: '2018-01-10' })[0]).toBe('2018-01-08');
  });

  it('has nothing for a change after the last session, or a later opening', () => {
    expect(pendingSessions({ ...state, newest: '2018-01-10', dirtyFrom: '2018-01-13' })).toEqual([]);
    expect(pendingSessions({ ...state, openedOn: '2018-01-13', dirtyFrom: '2018-01-13' })).toEqual([]);
  });

  it('leaves out the years before the calendar', () => {
    expect(pendingSessions({ ...state, openedOn: '1975-06-02', through: '1990-01-03' })).toEqual(['1990-01-02', '1990-01-03']);
  });
});
