import { expect, it } from 'vitest';
import { delayAfter, judgeTry, type Standing } from './failed-tries.ts';

const fresh: Standing = { pair: { count: 0, notBeforeMs: 0 }, everywhere: 0, address: { count: 0, notBeforeMs: 0 } };

it('lets five mistakes be, then doubles from a second to a quarter of an hour', () => {
  expect([1, 4, 5, 6, 7, 14, 15, 1000].map((count) => delayAfter(count, 5))).toEqual([
    0, 0, 1_000, 2_000, 4_000, 512_000, 900_000, 900_000,
  ]);
});

it('makes who comes too early wait for what is left, and for the longer of two delays', () => {
  expect(judgeTry({ ...fresh, pair: { count: 6, notBeforeMs: 1_500 } }, 1_000).waitMs).toBe(500);
  expect(judgeTry({ ...fresh, pair: { count: 6, notBeforeMs: 1_500 }, address: { count: 60, notBeforeMs: 4_000 } }, 1_000).waitMs).toBe(
    3_000,
  );
  expect(judgeTry({ ...fresh, pair: { count: 6, notBeforeMs: 1_500 } }, 1_500).waitMs).toBe(0);
});

it('never keeps an address from its first try, whatever others did to the account, but then leaves no mistakes free', () => {
  expect(judgeTry({ ...fresh, everywhere: 1_000_000 }, 1_000)).toEqual({ waitMs: 0, pairDelayMs: 1_000, addressDelayMs: 0 });
  expect(judgeTry({ ...fresh, everywhere: 49 }, 1_000)).toEqual({ waitMs: 0, pairDelayMs: 0, addressDelayMs: 0 });
});

it('slows one address down over many accounts', () => {
  expect(judgeTry({ ...fresh, address: { count: 49, notBeforeMs: 0 } }, 1_000).addressDelayMs).toBe(1_000);
  expect(judgeTry({ ...fresh, address: { count: 500, notBeforeMs: 0 } }, 1_000).addressDelayMs).toBe(10_000);
});
