import type { Bar } from './bar.ts';

/** The periods of one instrument in a chunk, from the first to the last. */
export interface PeriodRange {
  readonly instrumentId: string;
  first: number;
  last: number;
}

/** Lines to a block: some 50 kB, large enough to be cheap for COPY, small enough for back-pressure. */
const BLOCK_LINES = 512;

/**
 * The bars of a chunk, turned into COPY's text as they come. Kept as objects, two chunks of bars cost more memory than all else,
 * and the garbage collector more time than their writing.
 */
export class BarText {
  readonly #lineOf: (bar: Bar) => string;
  readonly #partOf: (period: number) => number;
  readonly #parts = new Set<number>();
  readonly #ranges = new Map<string, PeriodRange>();
  readonly #blocks: string[] = [];
  #lines: string[] = [];
  #range: PeriodRange | undefined;
  #part = Number.NaN;
  #count = 0;

  /** `partOf`: the part of the series that a period lies in, if it has to be made before. */
  constructor(lineOf: (bar: Bar) => string, partOf: (period: number) => number = () => 0) {
    this.#lineOf = lineOf;
    this.#partOf = partOf;
  }

  get count(): number {
    return this.#count;
  }

  /** For each instrument of the chunk. */
  get ranges(): readonly PeriodRange[] {
    return [...this.#ranges.values()];
  }

  /** The parts that the bars lie in, in no order. */
  get parts(): readonly number[] {
    return [...this.#parts];
  }

  get blocks(): readonly string[] {
    return this.#lines.length === 0 ? this.#blocks : [...this.#blocks, this.#lines.join('')];
  }

  add(bar: Bar): void {
    this.#widen(bar);
    this.#count += 1;
    this.#lines.push(this.#lineOf(bar));
    if (this.#lines.length < BLOCK_LINES) return;
    this.#blocks.push(this.#lines.join(''));
    this.#lines = [];
  }

  #widen({ instrumentId, period }: Bar): void {
    let range = this.#range;
    if (range?.instrumentId !== instrumentId) {
      range = this.#ranges.get(instrumentId) ?? { instrumentId, first: period, last: period };
      this.#ranges.set(instrumentId, range);
      this.#range = range;
    }
    // Bars mostly stand in the order of time: the set is asked once a part.
    const part = this.#partOf(period);
    if (part !== this.#part) this.#parts.add((this.#part = part));
    if (period < range.first) range.first = period;
    if (period > range.last) range.last = period;
  }
}
