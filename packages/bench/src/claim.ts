import type { DataFolder, ServerUrls } from '@trii/stack';

/** How much work one sample does. */
export interface BenchSize {
  /** Bars of a price file. */
  readonly bars: number;
  /** Calls of a query. */
  readonly calls: number;
  readonly jobs: number;
  /** Lines of a large ledger. */
  readonly postings: number;
}

/** Samples of some seconds each on two cores. */
export const fullSize: BenchSize = { bars: 1_000_000, calls: 5_000, jobs: 2_000, postings: 10_000_000 };

/** Where a claim is measured: servers whose database is there to be filled and emptied, and a folder for files. */
export interface BenchPlace {
  readonly servers: ServerUrls;
  readonly folder: DataFolder;
}

/** One timed run of one side; what it prepares and clears up is not in the time. */
export interface Sample {
  readonly amount: number;
  readonly milliseconds: number;
}

export interface Measure {
  readonly name: string;
  /** What `amount` counts. */
  readonly unit: string;
  /** The ratio of rates, ours to bare, that the project claims; null: told for orientation, nothing is claimed. */
  readonly target: number | null;
  readonly ours: () => Promise<Sample>;
  readonly bare: () => Promise<Sample>;
}

/** A claim set up and ready to be measured; its measures are taken in their order. */
export interface OpenClaim extends AsyncDisposable {
  readonly measures: readonly Measure[];
}

export interface Claim {
  readonly name: string;
  /** What stands on either side, in a sentence each. */
  readonly ours: string;
  readonly bare: string;
  open(place: BenchPlace, size: BenchSize): Promise<OpenClaim>;
}

/** Times the work alone. */
export async function timed(amount: number, work: () => Promise<unknown>): Promise<Sample> {
  const start = performance.now();
  await work();
  return { amount, milliseconds: performance.now() - start };
}
