import { systemClock } from '@trii/kernel';
import { soakMs } from '@trii/testkit';
import { expect, test } from 'vitest';
import { openNativeSeries } from './native-series.fixture.ts';
import { followRandomHistories } from './series-history.fixture.ts';

/** Bars and rollups stay: a new database before they make the later histories another test than the first. */
const ROUNDS_PER_DATABASE = 20;
const HISTORIES = 10;

test('rollups are the aggregation of raw bars after every step of random histories, for as long as there is time', async ({ annotate }) => {
  // Other histories every night; a failure names its seed.
  const firstSeed = Math.floor(systemClock.now().getTime() / 1000);
  const end = performance.now() + soakMs();
  let [round, compared] = [0, 0];
  while (performance.now() < end) {
    const server = await openNativeSeries();
    try {
      for (let left = ROUNDS_PER_DATABASE; left > 0 && performance.now() < end; left -= 1, round += 1)
        compared += await followRandomHistories(server, { seed: firstSeed + round, histories: HISTORIES });
    } finally {
      await server.close();
    }
  }
  expect(compared).toBeGreaterThan(0);
  await annotate(`${round} rounds of ${HISTORIES} histories, ${compared} steps, seeds from ${firstSeed}`);
});
