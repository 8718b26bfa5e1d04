import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMoneySimulation, type MoneySimulation } from './tests/money-simulation.ts';

let simulation: MoneySimulation;
beforeAll(async () => {
  simulation = await startMoneySimulation();
});
afterAll(() => simulation.close());

// This course comes by every operation and refusal below.
test('random cash, trades, transfers, holds, reversals and corporate actions do what an independent model does (seed 747)', async () => {
  await expect(simulation.run(747, 100)).resolves.toBeUndefined();
}, 120_000);

test('went everywhere, left books that agree, and made no internal error', async () => {
  expect([...simulation.seen].toSorted()).toEqual(
    expect.arrayContaining([
      'ALREADY_REVERSED',
      'HOLD_ENDED',
      'INSUFFICIENT_CASH',
      'INSUFFICIENT_QUANTITY',
      'INVALID_INPUT',
      'NOT_REVERSIBLE',
      'buy',
      'day',
      'deposit',
      'dividend',
      'hold',
      'moveCash',
      'moveUnits',
      'release',
      'resize',
      'reverse',
      'roundTrip',
      'sell',
      'split',
      'undo',
      'withdraw',
    ]),
  );
  expect(await simulation.differences()).toBe(0);
  expect(simulation.platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
