import { describe, expect, test } from 'vitest';
import { seededRandom, xoshiro128StarStar } from './random.ts';

test('xoshiro128** gives the numbers of the published C program', () => {
  // xoshiro128starstar.c 1.1 from the state 1, 2, 3, 4; also the test vector of the Rust crate rand_xoshiro.
  const state = Uint32Array.of(1, 2, 3, 4);
  expect(Array.from({ length: 10 }, () => xoshiro128StarStar(state))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
});

test('a seed fills the state as a C program with the finaliser of MurmurHash3 does', () => {
  const random = seededRandom(42);
  expect(Array.from({ length: 4 }, () => random.uint32())).toEqual([2837322924, 544945897, 479756282, 3500138142]);
});

test('one seed, one sequence; another seed, another', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => random.uint32());
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(-1)).not.toEqual(draw(1));
  expect(draw(2 ** 40)).not.toEqual(draw(0));
  expect(() => seededRandom(0.5)).toThrow('a seed is a safe integer');
});

describe('draws', () => {
  const random = seededRandom(20240229);

  test('of whole numbers reach both ends and favour none', () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const die = random.integer(1, 6);
      counts.set(die, (counts.get(die) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    // Five standard deviations of a binomial with n = 60,000 and p = 1/6.
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(460);
  });

  test('of floats lie in [0, 1) and are even on average', () => {
    const floats = Array.from({ length: 20_000 }, () => random.float());
    expect(floats.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(Math.abs(floats.reduce((sum, value) => sum + value, 0) / floats.length - 0.5)).toBeLessThan(0.011);
  });

  test('of one item give one of them; of none, an error', () => {
    expect(['a', 'b']).toContain(random.pick(['a', 'b']));
    expect(() => random.pick([])).toThrow('nothing to pick from');
  });

  test('shuffle without losing anything or touching the original', () => {
    const items = Object.freeze([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const shuffled = random.shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
  });

  test('refuse bounds without sense', () => {
    for (const [min, max] of [
      [2, 1],
      [0.5, 3],
      [0, 2 ** 32],
    ] as const)
      expect(() => random.integer(min, max)).toThrow('need min <= max');
  });
});
