import { systemClock } from '@trii/kernel';
import { soakMs, soakProgress } from '@trii/testkit';
import { expect, test } from 'vitest';
import { survivesKills } from './killed-platform.fixture.ts';

const ROUND_MS = 20_000;

// Half of the time mixed commands, half of it payments through the simulated bank alone.
test.for(['all', 'payments'] as const)('twenty seconds of commands (%s) under kills, again and again', async (mix) => {
  const tell = soakProgress();
  const firstSeed = Math.floor(systemClock.now().getTime() / 1000);
  const end = performance.now() + soakMs() / 2;
  const told: string[] = [];
  do {
    told.push(await survivesKills({ seed: firstSeed + told.length, forMs: ROUND_MS, mix, toTheEnd: true }));
    tell(`${told.length} rounds; ${told.at(-1)}`);
  } while (performance.now() < end);
  expect(told.length).toBeGreaterThan(0);
  tell(told.join('\n'), true);
});
