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
  readonly #ranges = new Map<string, PeriodRange>();
  readonly #blocks: string[] = [];
  #lines: string[] = [];
  #range: PeriodRange | undefined;
  #count = 0;

  constructor(lineOf: (bar: Bar) => string) {
    this.#lineOf = lineOf;
  }

  get count(): number {
    return this.#count;
  }

  /** For each instrument of the chunk. */
  get ranges(): readonly PeriodRange[] {
    return [...this.#ranges.values()];
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
    if (period < range.first) range.first = period;
    if (period > range.last) range.last = period;
  }
}
