import { invariant } from './errors.ts';

/** A reproducible source of chance for simulations, demo data and tests. Not for secrets. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A float in [0, 1) with 53 random bits. */
  float(): number;
  /** A whole number from min to max, both included, without bias. */
  integer(min: number, max: number): number;
  /** One of the items. Throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A new array in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (public domain), https://prng.di.unimi.it/xoshiro128starstar.c, its state
 * filled from the seed by SplitMix32 as the authors advise (never all zero).
 * @param seed a safe integer; print it, and the run can be repeated.
 */
export function seededRandom(seed: number): Random {
  invariant(Number.isSafeInteger(seed), 'a seed is a safe integer');
  const next = splitMix32(Math.floor(seed / 2 ** 32) ^ (seed >>> 0));
  const state = Uint32Array.of(next(), next(), next(), next());
  return randomFrom(() => xoshiro128StarStar(state));
}

/** Advances the four words of state in place and answers the next output; exported to be checked against the published C. */
export function xoshiro128StarStar(state: Uint32Array): number {
  const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const third = s2 ^ s0;
  const fourth = s3 ^ s1;
  state[1] = s1 ^ third;
  state[0] = s0 ^ fourth;
  state[2] = third ^ (s1 << 9);
  state[3] = rotateLeft(fourth, 11);
  return result;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** SplitMix with 32 bits of state: Weyl sequence through the MurmurHash3 finaliser. */
function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}

function randomFrom(uint32: () => number): Random {
  const float = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53;

  function integer(min: number, max: number): number {
    const span = max - min + 1;
    invariant(
      Number.isSafeInteger(min) && Number.isSafeInteger(max) && span >= 1 && span <= 2 ** 32,
      'need min <= max, 2^32 values at most',
    );
    // Values above the largest multiple of span would favour small results: draw again. Fewer than two draws on average.
    const limit = 2 ** 32 - (2 ** 32 % span);
    let draw = uint32();
    while (draw >= limit) draw = uint32();
    return min + (draw % span);
  }

  function pick<T>(items: readonly T[]): T {
    invariant(items.length > 0, 'nothing to pick from');
    return items[integer(0, items.length - 1)] as T;
  }

  function shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = integer(0, i);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  return { uint32, float, integer, pick, shuffle };
}
