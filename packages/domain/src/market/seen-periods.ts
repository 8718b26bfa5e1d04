import { invariant } from '@trii/kernel';

/** Periods per page: 128 bytes as bits, about a day of minutes or three years of days. */
const PAGE_BITS = 1024;
const PAGES_MAX_DEFAULT = 200_000;

export type Sighting = 'new' | 'repeat' | 'forgotten';

interface Forgotten {
  lowest: number;
  highest: number;
}

/**
 * Remembers which bars a file has already given, so that a repeat is told from a new bar: one bit a period in pages, oldest page
 * dropped first beyond a bound (about 50 MB at the default). What lies between dropped periods can no longer be told and is
 * 'forgotten'. A file in order never meets that, however long; one that jumps about within the bound does not either.
 */
export class SeenPeriods {
  readonly #pages = new Map<string, Uint32Array>();
  readonly #forgotten = new Map<string, Forgotten>();
  readonly #pagesMax: number;
  /** The page of the last bar: consecutive bars share it, and a look-up by text costs more than all the rest. */
  #lastSeries = '';
  #lastPage = Number.NaN;
  #lastBits: Uint32Array | null = null;

  constructor(pagesMax = PAGES_MAX_DEFAULT) {
    invariant(pagesMax >= 1, 'at least one page');
    this.#pagesMax = pagesMax;
  }

  /** Notes the period of a series (an instrument's id) and tells whether it was noted before. */
  note(series: string, period: number): Sighting {
    const page = Math.floor(period / PAGE_BITS);
    const bits = series === this.#lastSeries && page === this.#lastPage ? this.#lastBits : this.#page(series, page, period);
    if (bits === null) return 'forgotten';
    const bit = period - page * PAGE_BITS;
    const word = bits[bit >>> 5] ?? 0;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return 'repeat';
    bits[bit >>> 5] = word | mask;
    return 'new';
  }

  #page(series: string, page: number, period: number): Uint32Array | null {
    const key = `${series}:${page}`;
    let bits = this.#pages.get(key);
    if (bits === undefined) {
      const gone = this.#forgotten.get(series);
      if (gone !== undefined && period >= gone.lowest && period <= gone.highest) return null;
      if (this.#pages.size >= this.#pagesMax) this.#forgetOldest();
      bits = new Uint32Array(PAGE_BITS / 32);
      this.#pages.set(key, bits);
    }
    this.#lastSeries = series;
    this.#lastPage = page;
    this.#lastBits = bits;
    return bits;
  }

  #forgetOldest(): void {
    const [oldest] = this.#pages.keys();
    invariant(oldest !== undefined, 'there is a page to forget');
    const split = oldest.lastIndexOf(':');
    const series = oldest.slice(0, split);
    const first = Number(oldest.slice(split + 1)) * PAGE_BITS;
    const last = first + PAGE_BITS - 1;
    const gone = this.#forgotten.get(series);
    this.#forgotten.set(series, { lowest: Math.min(first, gone?.lowest ?? first), highest: Math.max(last, gone?.highest ?? last) });
    this.#pages.delete(oldest);
  }
}
