import { systemClock } from '@trii/kernel';
import { soakMs, soakProgress } from '@trii/testkit';
import { expect, test } from 'vitest';
import { startMoneySimulation } from './tests/money-simulation.ts';

const STEPS = 200;
/** The audit log and the outbox grow with every command: a new database before they make the later rounds another test than the first. */
const ROUNDS_PER_DATABASE = 100;
const COMMANDS_MAX = 1_000_000;

test('random courses keep to the model, up to a million commands or as long as there is time', async () => {
  // Other courses every night; a failure names its seed and the shortest course that fails.
  const firstSeed = Math.floor(systemClock.now().getTime() / 1000);
  const end = performance.now() + soakMs();
  let round = 0;
  const start = performance.now();
  const tell = soakProgress();
  const standing = () =>
    `${round * STEPS} commands, ${((round * STEPS * 1000) / (performance.now() - start)).toFixed(1)}/s, seeds from ${firstSeed}`;
  const goesOn = () => performance.now() < end && round * STEPS < COMMANDS_MAX;
  while (goesOn()) {
    const simulation = await startMoneySimulation();
    try {
      for (let left = ROUNDS_PER_DATABASE; left > 0 && goesOn(); left -= 1, round += 1) {
        await simulation.run(firstSeed + round, STEPS);
        tell(standing());
      }
      expect(await simulation.differences()).toBe(0);
    } finally {
      await simulation.close();
    }
  }
  expect(round).toBeGreaterThan(0);
  tell(standing(), true);
});
