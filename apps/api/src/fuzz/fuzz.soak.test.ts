import { systemClock } from '@trii/kernel';
import { soakMs } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzBytes } from './fuzz-bytes.fixture.ts';
import { emptyTallies, fuzzCalls, type Tallies } from './fuzz-run.fixture.ts';
import { createFuzzWorld, type FuzzWorld } from './fuzz-world.fixture.ts';

/** So many at least, however short the soak. */
const INPUTS_MIN = 100_000;
const HOUR_MS = 3_600_000;
/** Of the time so much goes to requests that are hardly calls. */
const BYTES_SHARE = 0.1;

let world: FuzzWorld;
beforeAll(async () => {
  world = await createFuzzWorld();
});
afterAll(async () => {
  await world.close();
});

const sentIn = (tallies: Tallies): number => [...tallies.values()].reduce((total, { sent }) => total + sent, 0);

test(
  'a hundred thousand inputs: no fault of ours, no leak, no write from what a schema rejects',
  { timeout: HOUR_MS },
  async ({ annotate }) => {
    const seed = Math.floor(systemClock.now().getTime() / 1000);
    const tallies = emptyTallies();
    const start = performance.now();
    const until = (share: number) => performance.now() < start + soakMs() * share;
    await fuzzCalls(world, tallies, { seed, goesOn: () => until(1 - BYTES_SHARE) || sentIn(tallies) < INPUTS_MIN });
    const bytesStart = performance.now();
    const requests = await fuzzBytes(world, { seed, goesOn: () => performance.now() < bytesStart + soakMs() * BYTES_SHARE });
    expect([...tallies].filter(([, { done }]) => done === 0).map(([operation]) => operation)).toEqual([]);
    await annotate(`seed ${seed}: ${sentIn(tallies)} inputs, ${requests} raw requests\n${tableOf(tallies)}`);
  },
);

const tableOf = (tallies: Tallies): string =>
  [...tallies].map(([operation, { sent, fitting, done }]) => `${operation}: ${sent} sent, ${fitting} fit, ${done} done`).join('\n');
