import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asDecimal, divideHalfEven } from './tests/portfolio-model.ts';
import { startTradingSimulation, type TradingSimulation } from './tests/trading-simulation.ts';

const STEPS = 100;

let simulation: TradingSimulation;
beforeAll(async () => {
  simulation = await startTradingSimulation();
});
afterAll(() => simulation.close());

describe('random deposits, withdrawals, purchases and sales', () => {
  test('the model itself rounds ties to the even neighbour', () => {
    expect([5n, 15n, 25n, 24n, 26n].map((dividend) => divideHalfEven(dividend, 10n))).toEqual([0n, 2n, 2n, 2n, 3n]);
    expect([asDecimal(150_000_000n), asDecimal(-1n), asDecimal(0n), asDecimal(1_000_000_000n)]).toEqual(['1.5', '-0.00000001', '0', '10']);
  });

  test.each([20261123, 7])('of two investors do what an independent model does, replayed or not (seed %i)', async (seed) => {
    await simulation.run(seed, STEPS);
    expect(simulation.seen.size).toBeGreaterThan(0);
  });

  test('went everywhere, or it would prove little, and made no internal error', () => {
    const refusals = [
      'DATE_BEFORE_OPENING',
      'DATE_IN_FUTURE',
      'DATE_OUT_OF_ORDER',
      'INSUFFICIENT_CASH',
      'INSUFFICIENT_QUANTITY',
      'INVALID_INPUT',
      'NOT_A_SESSION',
    ];
    expect([...simulation.seen].toSorted()).toEqual(['BUY', 'DEPOSIT', 'SELL', 'WITHDRAWAL', ...refusals].toSorted());
    expect(simulation.platform.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
