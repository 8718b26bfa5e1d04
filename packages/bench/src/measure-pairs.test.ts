import { expect, test } from 'vitest';
import type { Measure } from './claim.ts';
import { measurePairs } from './measure-pairs.ts';

/** Sides that take the given times, one after the other, and write down whose turn it was. */
function scripted(times: { readonly ours: readonly number[]; readonly bare: readonly number[] }) {
  const turns: string[] = [];
  const side = (name: 'ours' | 'bare') => {
    const left = [...times[name]];
    return async () => {
      turns.push(name);
      return { amount: 100, milliseconds: left.shift() ?? Number.NaN };
    };
  };
  const measure: Measure = { name: 'scripted', unit: 'things', target: 0.5, ours: side('ours'), bare: side('bare') };
  return { measure, turns };
}

const never = new AbortController().signal;

test('the sides take turns, and the first turn of each does not count', async () => {
  const { measure, turns } = scripted({ ours: [9999, 200, 400], bare: [9999, 100, 100] });
  const measured = await measurePairs(measure, { rounds: 2, signal: never });
  expect(turns).toEqual(['ours', 'bare', 'ours', 'bare', 'ours', 'bare']);
  expect(measured.rounds).toEqual([
    { ours: 500, bare: 1000 },
    { ours: 250, bare: 1000 },
  ]);
});

test('the ratio is taken within each round, not between medians', async () => {
  // Rates: 500/1000, 100/400, 1000/1000. The medians alone would give 500/1000.
  const { measure } = scripted({ ours: [1, 200, 1000, 100], bare: [1, 100, 250, 100] });
  const { ratio, ours, bare } = await measurePairs(measure, { rounds: 3, signal: never });
  expect(ratio).toEqual({ median: 0.5, min: 0.25, max: 1 });
  expect(ours).toEqual({ median: 500, min: 100, max: 1000 });
  expect(bare).toEqual({ median: 1000, min: 400, max: 1000 });
});

test('it ends between two samples when told to', async () => {
  const { measure, turns } = scripted({ ours: [1, 1, 1], bare: [1, 1, 1] });
  const controller = new AbortController();
  const measuring = measurePairs(measure, { rounds: 2, signal: controller.signal, onRound: () => controller.abort() });
  await expect(measuring).rejects.toThrow('aborted');
  expect(turns).toEqual(['ours', 'bare', 'ours', 'bare']);
});
