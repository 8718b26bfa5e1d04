import { systemClock } from '@trii/kernel';
import { soakMs } from '@trii/testkit';
import { expect, test } from 'vitest';
import { startTradingSimulation } from './tests/trading-simulation.ts';

const STEPS = 100;
/** The audit log and the outbox grow with every command: a new database before they make the later rounds another test than the first. */
const ROUNDS_PER_DATABASE = 500;

test('random histories of new investors keep to the model for as long as there is time', async ({ annotate }) => {
  // Other histories every night; a failure names its seed, for record-trade.simulation.db.test.ts.
  const firstSeed = Math.floor(systemClock.now().getTime() / 1000);
  const end = performance.now() + soakMs();
  let round = 0;
  while (performance.now() < end) {
    const simulation = await startTradingSimulation();
    try {
      for (let left = ROUNDS_PER_DATABASE; left > 0 && performance.now() < end; left -= 1, round += 1) {
        await simulation.run(firstSeed + round, STEPS);
      }
      expect(simulation.platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      await simulation.close();
    }
  }
  expect(round).toBeGreaterThan(0);
  await annotate(`${round} rounds of ${STEPS} commands, seeds from ${firstSeed}`);
});
