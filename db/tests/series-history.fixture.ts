import { createInstrument } from '@trii/testkit';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { SeriesServer } from './series-contract.fixture.ts';
import { seriesOf, type Bar } from './series.fixture.ts';

/** Minutes from midnight of the first of three days: few, so that bars meet again as corrections and hours become empty. */
const minute = fc.oneof(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 1_380, max: 1_500 }), fc.integer({ min: 2_800, max: 2_990 }));
const price = fc.integer({ min: 1, max: 9_999 }).map((cents) => cents / 100);
const bar = fc.record({ minute, a: price, b: price, c: price, d: price, volume: fc.integer({ min: 0, max: 1_000 }) });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ write: fc.uniqueArray(bar, { selector: ({ minute: at }) => at, minLength: 1, maxLength: 12 }), of: fc.nat(1) }),
  },
  { weight: 2, arbitrary: fc.record({ deleteFrom: minute, minutes: fc.constantFrom(1, 70, 1_500), of: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.constant('refresh some' as const) },
  { weight: 1, arbitrary: fc.constant('refresh' as const) },
  { weight: 1, arbitrary: fc.constant('settle old parts' as const) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const DAY_ZERO_MS = Date.parse('2026-04-06T00:00:00Z');
const instant = (at: number): string => new Date(DAY_ZERO_MS + at * 60_000).toISOString();
const toBar = ({ minute: at, a, b, c, d, volume }: { minute: number; a: number; b: number; c: number; d: number; volume: number }): Bar => {
  const [low = a, , , high = a] = [a, b, c, d].toSorted((x, y) => x - y);
  return [instant(at), a, high, low, b, volume];
};

/** What a rollup must be, by another way than the engines': the first and the last bar by row_number(). Exact, as text. */
const expectedOf = (unit: 'hour' | 'day', average: string): string => `
  SELECT b.bucket::text, b.open::text, b.high::text, b.low::text, b.close::text, b.volume::text, ${average} b.n::text AS data_points FROM (
    SELECT bucket, max(open) FILTER (WHERE first = 1) AS open, max(high) AS high, min(low) AS low, max(close) FILTER (WHERE last = 1) AS close,
           sum(volume) AS volume, avg(close) AS average, count(*) AS n
    FROM (
      SELECT *, date_trunc('${unit}', "timestamp", 'UTC') AS bucket,
             row_number() OVER (PARTITION BY date_trunc('${unit}', "timestamp", 'UTC') ORDER BY "timestamp") AS first,
             row_number() OVER (PARTITION BY date_trunc('${unit}', "timestamp", 'UTC') ORDER BY "timestamp" DESC) AS last
      FROM market_data WHERE instrument_id = $1
    ) ranked GROUP BY bucket
  ) b ORDER BY b.bucket`;
const foundIn = (view: string, average: string): string =>
  `SELECT bucket::text, open::text, high::text, low::text, close::text, volume::text, ${average} data_points::text FROM ${view} WHERE instrument_id = $1 ORDER BY bucket`;

async function expectRollupsOf(server: SeriesServer, id: string): Promise<void> {
  expect(await server.asWorker(foundIn('market_data_hourly', 'avg_price::text,'), [id])).toEqual(
    await server.asWorker(expectedOf('hour', 'b.average::text AS avg_price,'), [id]),
  );
  expect(await server.asWorker(foundIn('market_intraday_daily', ''), [id])).toEqual(await server.asWorker(expectedOf('day', ''), [id]));
}

async function take(server: SeriesServer, ids: readonly string[], one: Step): Promise<void> {
  if (one === 'refresh') return server.refresh();
  if (one === 'refresh some') return server.refreshSome();
  if (one === 'settle old parts') return server.settleOldParts();
  const id = ids[one.of] ?? '';
  if ('write' in one) {
    await seriesOf(server.asWorker, id).insertBars(one.write.map(toBar));
    return;
  }
  await server.asOwner('DELETE FROM market_data WHERE instrument_id = $1 AND "timestamp" >= $2 AND "timestamp" < $3', [
    id,
    instant(one.deleteFrom),
    instant(one.deleteFrom + one.minutes),
  ]);
}

/**
 * Random bars in random order, corrections, deletions and refreshes at random moments: after every step the rollups of both instruments are
 * the aggregation of their raw bars, digit for digit, and at the end nothing is left to refresh. Returns how many steps were compared.
 */
export async function followRandomHistories(
  server: SeriesServer,
  run: { readonly seed: number; readonly histories: number },
): Promise<number> {
  let compared = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
    const ids = [(await createInstrument(server.sessions)).id, (await createInstrument(server.sessions)).id];
    for (const one of steps) {
      await take(server, ids, one);
      for (const id of ids) await expectRollupsOf(server, id);
      compared += 1;
    }
    await server.refresh();
    for (const id of ids) await expectRollupsOf(server, id);
    expect(await server.asOwner('SELECT FROM market_hourly_marks UNION ALL SELECT FROM market_daily_marks')).toEqual([]);
  });
  await fc.assert(property, { seed: run.seed, numRuns: run.histories });
  return compared;
}
