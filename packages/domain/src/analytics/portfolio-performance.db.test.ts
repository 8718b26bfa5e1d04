import { annualizedMeanReturn, cumulativeReturn, maxDrawdown, sharpeRatio, volatility } from '@trii/quant';
import { createPortfolio, createTestDatabase, createUser } from '@trii/testkit';
import type { BuiltPortfolio, TestDatabase } from '@trii/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let database: TestDatabase;
let portfolio: BuiltPortfolio;
beforeAll(async () => {
  database = await createTestDatabase();
  portfolio = await createPortfolio(database, { userId: (await createUser(database)).id });
});
afterAll(() => database.close());

interface Figures {
  readonly total_return: number | null;
  readonly annualized_return: number | null;
  readonly volatility: number | null;
  readonly sharpe_ratio: number | null;
  readonly max_drawdown: number | null;
}
/** Of one day: null has no return, undefined has no snapshot. */
type Day = string | null | undefined;

/** Replaces the portfolio's snapshots and asks the function. Returns are text with at most eight decimals, so that none is rounded. */
async function reckonedBySql(days: readonly Day[]): Promise<Figures> {
  await database.as({ role: 'worker_role', userId: null }, async (client) => {
    await client.query('DELETE FROM portfolio_snapshots WHERE portfolio_id = $1', [portfolio.id]);
    const kept = days.flatMap((value, day) => (value === undefined ? [] : [{ value, day }]));
    await client.query(
      `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return)
       SELECT gen_random_uuid(), $1, $2, DATE '1991-01-01' + r.day, 1, 1, 0, r.value FROM unnest($3::numeric[], $4::int[]) AS r (value, day)`,
      [portfolio.userId, portfolio.id, kept.map(({ value }) => value), kept.map(({ day }) => day)],
    );
  });
  return database.as({ role: 'authenticated_user', userId: portfolio.userId }, async (client) => {
    const { rows } = await client.query<Figures>(
      `SELECT total_return::float8, annualized_return::float8, volatility::float8, sharpe_ratio::float8, max_drawdown::float8
       FROM calculate_portfolio_performance($1, '1991-01-01', '2030-12-31')`,
      [portfolio.id],
    );
    expect(rows).toHaveLength(1);
    return rows[0] ?? { total_return: null, annualized_return: null, volatility: null, sharpe_ratio: null, max_drawdown: null };
  });
}

function reckonedByQuant(days: readonly Day[]): Figures {
  const returns = days.map((value) => (value === null || value === undefined ? null : Number(value)));
  const deviation = volatility(returns);
  return {
    total_return: cumulativeReturn(returns),
    annualized_return: annualizedMeanReturn(returns),
    volatility: deviation,
    // The specification's function says 0 where there is no variance; quant, and with it the snapshots, say null.
    sharpe_ratio: sharpeRatio(returns) ?? (deviation === null ? null : 0),
    max_drawdown: maxDrawdown(returns),
  };
}

/** To 1e-8, of the figure itself where it is larger than 1. */
function expectEqual(found: Figures, expected: Figures): void {
  for (const [name, wanted] of Object.entries(expected) as [keyof Figures, number | null][]) {
    const got = found[name];
    if (wanted === null || got === null) expect({ name, value: got }).toEqual({ name, value: wanted });
    else expect(Math.abs(got - wanted), `${name}: ${got} for ${wanted}`).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(wanted)));
  }
}

const inUnits = (units: number): string => (units / 1e8).toFixed(8);
const daily = fc.integer({ min: -8_000_000, max: 8_000_000 }).map(inUnits);
const wild = fc.integer({ min: -99_999_999, max: 500_000_000 }).map(inUnits);
const day: fc.Arbitrary<Day> = fc.oneof(
  { weight: 40, arbitrary: daily },
  { weight: 3, arbitrary: wild },
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.constant(undefined) },
);
const same = fc.record({ value: daily, days: fc.integer({ min: 1, max: 600 }) }).map(({ value, days }) => Array<Day>(days).fill(value));

/** One random series for every database round trip: the seed is fixed, so that a run is judged by what it changed. */
const expectAgreement = (series: fc.Arbitrary<readonly Day[]>, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(series, async (days) => expectEqual(await reckonedBySql(days), reckonedByQuant(days))),
    { seed: 20_261_123, numRuns },
  );

describe('calculate_portfolio_performance equals quant to 1e-8', () => {
  test('on random series with gaps and days without a return', () => expectAgreement(fc.array(day, { maxLength: 120 }), 150));

  test('on series that lose everything on some day', () =>
    expectAgreement(
      fc.tuple(fc.array(day, { maxLength: 30 }), fc.array(day, { maxLength: 30 })).map(([before, after]) => [...before, '-1', ...after]),
      40,
    ));

  test('on series without variance, where both see that there is none', () => expectAgreement(same, 40));

  test('on thousands of days', () => expectAgreement(fc.array(day, { minLength: 3_000, maxLength: 5_000 }), 3));

  test.each<readonly [string, readonly Day[]]>([
    ['nothing at all', []],
    ['days without a return', [null, null]],
    ['one return', ['0.01']],
    ['one total loss', ['-1']],
    ['one return among days without', [null, '-0.02', undefined, null]],
    ['two equal returns', ['0.01', '0.01']],
    ['returns that differ in their last digit', ['0.01000000', '0.01000001']],
    ['only zeros', ['0', '0', '0']],
  ])('on %s', async (_name, days) => expectEqual(await reckonedBySql(days), reckonedByQuant(days)));
});

// By hand from the definitions: below two returns there is no deviation, and without deviation the specification's CASE says 0.
test('its Sharpe ratio is null below two returns and 0 without variance', async () => {
  expect(await reckonedBySql(['0.01'])).toMatchObject({ total_return: 0.01, volatility: null, sharpe_ratio: null, max_drawdown: 0 });
  expect(await reckonedBySql(['0.01', '0.01', '0.01'])).toMatchObject({ volatility: 0, sharpe_ratio: 0 });
});

test('it takes the days of both dates, and by default the last 30', async () => {
  const today = `(now() AT TIME ZONE 'UTC')::date`;
  await database.as({ role: 'worker_role', userId: null }, async (client) => {
    await client.query('DELETE FROM portfolio_snapshots WHERE portfolio_id = $1', [portfolio.id]);
    await client.query(
      `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, daily_return)
       SELECT gen_random_uuid(), $1, $2, ${today} - ago, 1, 1, 0, 0.1 FROM unnest(ARRAY[0, 30, 31, 40]) AS ago`,
      [portfolio.userId, portfolio.id],
    );
  });
  const total = (call: string) =>
    database.as({ role: 'authenticated_user', userId: portfolio.userId }, async (client) => {
      const { rows } = await client.query<{ total: number }>(
        `SELECT total_return::float8 AS total FROM calculate_portfolio_performance(${call})`,
        [portfolio.id],
      );
      return rows[0]?.total;
    });
  expect(await total('$1')).toBeCloseTo(1.1 ** 2 - 1, 12);
  expect(await total(`$1, ${today} - 40, ${today} - 31`)).toBeCloseTo(1.1 ** 2 - 1, 12);
  expect(await total(`p_portfolio_id => $1, p_start_date => ${today} - 39`)).toBeCloseTo(1.1 ** 3 - 1, 12);
});

test('it reckons 10,000 days as quant does', async () => {
  const days = Array.from({ length: 10_000 }, (_, n) => inUnits(Math.round(1_500_000 * Math.sin(n * 1.7) + 40_000)));
  expectEqual(await reckonedBySql(days), reckonedByQuant(days));
});
