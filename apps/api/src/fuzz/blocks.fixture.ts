import * as fc from 'fast-check';

export interface FuzzLimits {
  readonly seed: number;
  /** Goes on while this says so; asked between blocks. */
  readonly goesOn: () => boolean;
}

/** Shrinking a block of hundreds ends here with the smallest found so far. */
const SHRINK_MS_MAX = 30_000;
/** Characters of a call, and calls, in a failure's message. */
export const TOLD_MAX = 1_000;
const SHOWN_MAX = 5;

/**
 * Hands block after block to `attack`, each from a seed of its own, so that a run may stop between two and leaves none under way. A block
 * that fails is shrunk to the smallest that still does.
 */
export async function attackInBlocks<T>(
  blocks: fc.Arbitrary<readonly T[]>,
  { seed, goesOn }: FuzzLimits,
  attack: (block: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let nth = 0; goesOn(); nth += 1) {
    const run = await fc.check(fc.asyncProperty(blocks, withinTime(attack)), { seed: seed + nth, numRuns: 1 });
    if (!run.failed) continue;
    const left = run.counterexample?.[0] ?? [];
    const shown = left.slice(0, SHOWN_MAX).map((one) => fc.stringify(one).slice(0, TOLD_MAX));
    const how = `seed ${seed + nth}, ${left.length} left of the block after ${run.numShrinks} shrinks:`;
    throw new Error([how, ...shown].join('\n'), { cause: run.errorInstance });
  }
}

/** Once a block has failed, smaller ones are tried for a while; after that none fails any more, which ends the search. */
function withinTime<T>(attack: (block: readonly T[]) => Promise<void>): (block: readonly T[]) => Promise<void> {
  let end = Infinity;
  return async (block) => {
    if (performance.now() > end) return;
    try {
      await attack(block);
    } catch (error) {
      end = Math.min(end, performance.now() + SHRINK_MS_MAX);
      throw error;
    }
  };
}
