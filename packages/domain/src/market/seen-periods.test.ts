import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeenPeriods } from './seen-periods.ts';

describe('SeenPeriods', () => {
  it('tells a new period from a repeat, for each series on its own', () => {
    const series = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(fc.tuple(series, fc.integer({ min: -5_000, max: 5_000 })), { maxLength: 300 }), (notes) => {
        const seen = new SeenPeriods();
        const known = new Set<string>();
        for (const [id, period] of notes) {
          const key = `${id}/${period}`;
          expect(seen.note(id, period)).toBe(known.has(key) ? 'repeat' : 'new');
          known.add(key);
        }
      }),
    );
  });

  it('never forgets too early in a file in order, however long', () => {
    const ascending = Array.from({ length: 50_000 }, (_, period) => period);
    const forwards = new SeenPeriods(2);
    expect(ascending.filter((period) => forwards.note('a', period) !== 'new')).toEqual([]);
    expect(forwards.note('a', 49_999)).toBe('repeat');
    const backwards = new SeenPeriods(2);
    expect(ascending.toReversed().filter((period) => backwards.note('a', period) !== 'new')).toEqual([]);
  });

  it('says so when it can no longer tell, and only there', () => {
    const seen = new SeenPeriods(2);
    for (const period of [0, 2_000, 4_000, 6_000]) expect(seen.note('a', period)).toBe('new');
    // The pages of 0 and 2,000 are gone.
    expect(seen.note('a', 0)).toBe('forgotten');
    expect(seen.note('a', 2_001)).toBe('forgotten');
    expect(seen.note('a', 6_000)).toBe('repeat');
    expect(seen.note('a', -2_000)).toBe('new');
    expect(seen.note('b', 0)).toBe('new');
  });
});
