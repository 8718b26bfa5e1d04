import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMoneySimulation, type MoneySimulation } from './tests/money-simulation.ts';

let simulation: MoneySimulation;
beforeAll(async () => {
  simulation = await startMoneySimulation();
});
afterAll(() => simulation.close());

// Together they come by everything below, and by a dividend in euros that buys more units.
test.each([4143, 52474, 4])(
  'random cash, exchanges, trades, transfers, holds, payments, reversals and corporate actions do what an independent model does (seed %i)',
  async (seed) => {
    await expect(simulation.run(seed, 75)).resolves.toBeUndefined();
  },
  120_000,
);

const OPERATIONS = `announce bankSays buy cancel day deposit dividend exchange hold moveCash moveUnits plan release request resize resolve reverse
  roundTrip sell send split undo withdraw`;
const REFUSALS = `ALREADY_REVERSED CURRENCY_NOT_SERVED EXCHANGE_BELOW_LIMIT FX_RATE_MISSING FX_RATE_STALE HOLD_ENDED INSUFFICIENT_CASH
  INSUFFICIENT_QUANTITY INVALID_INPUT LIMIT_EXCEEDED MESSAGE_NOT_OPEN NOT_FOUND NOT_REVERSIBLE PAYMENT_ALREADY_SENT UNAVAILABLE`;
const BANK_MESSAGES = `ALREADY_CANCELLED ALREADY_REJECTED ALREADY_RETURNED ALREADY_SETTLED AMOUNT_DIFFERS APPLIED NOT_SETTLED_YET`;

test('went everywhere, left books that agree, and made no internal error', async () => {
  const everything = `${OPERATIONS} ${REFUSALS} ${BANK_MESSAGES}`.split(/\s+/);
  expect([...simulation.seen].toSorted()).toEqual(everything.toSorted());
  expect(await simulation.differences()).toBe(0);
  expect(simulation.platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
