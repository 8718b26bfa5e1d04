import { invariant } from '@trii/kernel';
import type { PickedInstrument, PickedInvestor, ScaleWorld } from './scale-world.ts';

/** One thing that the platform does again and again, done once on a scaled database. */
export interface Probe {
  readonly name: string;
  /** Timed runs, after `warmUps` that are not. Each sample is its own number: a probe picks by it whom it asks for. */
  readonly samples: number;
  readonly warmUps: number;
  readonly before?: (world: ScaleWorld, sample: number) => Promise<unknown>;
  readonly run: (world: ScaleWorld, sample: number) => Promise<unknown>;
  readonly after?: (world: ScaleWorld, sample: number) => Promise<unknown>;
}

/** Reads of a few milliseconds: every picked one once to warm up, then twice. */
export const quick = { samples: 40, warmUps: 20 } as const;
/** Whole jobs and imports. */
export const slow = { samples: 7, warmUps: 2 } as const;

export const investorOf = ({ investors }: ScaleWorld, sample: number): PickedInvestor => pick(investors, sample);
export const instrumentOf = ({ instruments }: ScaleWorld, sample: number): PickedInstrument => pick(instruments, sample);

function pick<T>(items: readonly T[], sample: number): T {
  const item = items[sample % items.length];
  invariant(item !== undefined, 'something was picked');
  return item;
}
