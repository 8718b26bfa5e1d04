import type { Measure, Sample } from './claim.ts';
import { spreadOf, type Spread } from './spread.ts';

/** What came of a measure. Rates are per second. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly target: number | null;
  /** Ours over bare, of each round's own pair: what the machine did besides slowed both. */
  readonly ratio: Spread;
  readonly ours: Spread;
  readonly bare: Spread;
  readonly rounds: readonly { readonly ours: number; readonly bare: number }[];
}

export interface Pairing {
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onRound?: (round: number, rates: { readonly ours: number; readonly bare: number }) => void;
}

/** Ours, bare, ours, bare …, after one of each that does not count. */
export async function measurePairs(measure: Measure, { rounds, signal, onRound }: Pairing): Promise<Measured> {
  const pairs: { ours: number; bare: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    signal.throwIfAborted();
    const ours = rateOf(await measure.ours());
    signal.throwIfAborted();
    const bare = rateOf(await measure.bare());
    if (round === 0) continue;
    pairs.push({ ours, bare });
    onRound?.(round, { ours, bare });
  }
  const { name, unit, target } = measure;
  return {
    name,
    unit,
    target,
    ratio: spreadOf(pairs.map(({ ours, bare }) => ours / bare)),
    ours: spreadOf(pairs.map(({ ours }) => ours)),
    bare: spreadOf(pairs.map(({ bare }) => bare)),
    rounds: pairs,
  };
}

const rateOf = ({ amount, milliseconds }: Sample): number => (amount * 1000) / milliseconds;
