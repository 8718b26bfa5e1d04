import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzBytes } from './fuzz-bytes.fixture.ts';
import { emptyTallies, fuzzCalls } from './fuzz-run.fixture.ts';
import { createFuzzWorld, type FuzzWorld } from './fuzz-world.fixture.ts';

/** Fixed, so that a push is judged by what it changed; `npm run soak` takes others. */
const SEED = 20_261_123;
const FUZZ_MS = 16_000;
const BYTES_MS = 4_000;

const within = (ms: number) => {
  const end = performance.now() + ms;
  return () => performance.now() < end;
};

let world: FuzzWorld;
beforeAll(async () => {
  world = await createFuzzWorld();
});
afterAll(async () => {
  await world.close();
});

test(
  'whatever anybody sends to any operation: a typed answer, nothing of anybody else, and no write from what the schema rejects',
  async ({ annotate }) => {
    const tallies = emptyTallies();
    await fuzzCalls(world, tallies, { seed: SEED, goesOn: within(FUZZ_MS) });
    for (const [operation, { sent, fitting }] of tallies) {
      expect(fitting, `${operation} was never called with an input that fits`).toBeGreaterThan(0);
      expect(sent - fitting, `${operation} was never called with an input that does not fit`).toBeGreaterThan(0);
    }
    const all = [...tallies.values()];
    const sum = (of: 'sent' | 'fitting' | 'done'): number => all.reduce((total, tally) => total + tally[of], 0);
    expect(sum('done')).toBeGreaterThan(sum('sent') / 20);
    await annotate(`seed ${SEED}: ${sum('sent')} inputs, ${sum('fitting')} that fit, ${sum('done')} done`);
  },
  2 * FUZZ_MS + 60_000,
);

test(
  'whatever bytes come in: a typed answer, and nothing written by what is refused',
  async ({ annotate }) => {
    const sent = await fuzzBytes(world, { seed: SEED, goesOn: within(BYTES_MS) });
    expect(sent).toBeGreaterThan(100);
    await annotate(`seed ${SEED}: ${sent} requests`);
  },
  2 * BYTES_MS + 60_000,
);
