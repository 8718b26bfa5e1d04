import { systemClock } from '@trii/kernel';
import { soakMs } from '@trii/testkit';
import { expect, test } from 'vitest';
import { survivesKills } from './killed-platform.fixture.ts';

const ROUND_MS = 20_000;

test('twenty seconds of mixed commands under kills, again and again', async ({ annotate }) => {
  const firstSeed = Math.floor(systemClock.now().getTime() / 1000);
  const end = performance.now() + soakMs();
  const told: string[] = [];
  do told.push(await survivesKills(firstSeed + told.length, ROUND_MS));
  while (performance.now() < end);
  expect(told.length).toBeGreaterThan(0);
  await annotate(told.join('; '));
});
