import { isDeepStrictEqual } from 'node:util';
import { candlesHandler, lastCandlesHandler } from '@trii/domain';
import { invariant, systemClock } from '@trii/kernel';
import { bareSql, type BareDatabase, openBareDatabase } from '../bare-database.ts';
import { type BenchPlace, type BenchSize, type Claim, type Measure, type OpenClaim, timed } from '../claim.ts';
import { makeSeriesBars, type SeriesBars } from './series-bars.ts';

const INSTRUMENTS_MAX = 500;
/** Bars of a full run to an instrument: the rest of `size.bars` would show nothing more. */
const BARS_PER_INSTRUMENT = 2_000;
/** A rollup that is not ten times as fast is not worth its upkeep. */
const TARGET = 10;

/** Daily candles out of the rollups, beside the same candles out of the bars, in one database and over one driver. */
export const seriesClaim: Claim = {
  name: 'series',
  ours: 'market.candles and market.lastCandles as the platform asks them, over the plain driver: rollups, and the bars of what changed since',
  bare: 'the same candles aggregated from the bars by one prepared statement bounded in time, over the same driver and connection',
  open: openSeries,
};

async function openSeries({ servers }: BenchPlace, size: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const bars = stack.use(
    await makeSeriesBars(servers, Math.min(INSTRUMENTS_MAX, Math.max(2, Math.round(size.bars / BARS_PER_INSTRUMENT)))),
  );
  const database = openBareDatabase(servers.DATABASE_URL, 1);
  stack.defer(() => database.end());
  const reads = readsOf(bars, database);
  const measures: Measure[] = [];
  for (const isRefreshed of [false, true]) {
    for (const { name, calls, ours, bare } of reads) {
      const [a, b] = [await ours(), await bare()];
      invariant(
        isDeepStrictEqual(a, b),
        `both sides answer the same, not ${JSON.stringify(a).slice(0, 300)} and ${JSON.stringify(b).slice(0, 300)}`,
      );
      const many = (read: () => Promise<unknown>) => async () => {
        if (isRefreshed) await bars.refresh();
        return timed(calls, async () => {
          for (let left = calls; left > 0; left -= 1) await read();
        });
      };
      measures.push({
        name: `${name}, ${isRefreshed ? 'rolled up' : 'right after their import'}`,
        unit: 'calls',
        target: isRefreshed ? TARGET : null,
        ours: many(ours),
        bare: many(bare),
      });
    }
  }
  const held = stack.move();
  return { measures, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface Read {
  readonly name: string;
  readonly calls: number;
  /** Closes by symbol and day. */
  readonly ours: () => Promise<unknown>;
  readonly bare: () => Promise<unknown>;
}

const SESSION = { role: 'authenticated_user', userId: null } as const;
const ACTOR = { kind: 'system', name: 'bench' } as const;

function readsOf({ symbols, from, to }: SeriesBars, database: BareDatabase): Read[] {
  const [first = ''] = symbols;
  const context = (client: Parameters<typeof bareSql>[0]) => ({ sql: bareSql(client, 'read'), actor: ACTOR, clock: systemClock });
  const inTransaction = <T>(work: (client: Parameters<typeof bareSql>[0]) => Promise<T>) => database.transaction(SESSION, 'read', work);
  const raw = (text: string, values: readonly unknown[]) =>
    inTransaction(async (client) =>
      (await client.query<RawCandle>({ name: `series_${text.length}`, text, values: [...values] })).rows.map(closeOf),
    );
  return [
    {
      name: 'daily candles of one instrument over 30 days',
      calls: 100,
      ours: () =>
        inTransaction(async (client) => {
          const input = { symbol: first, interval: '1d', from, to, limit: 500 } as const;
          return (await candlesHandler.handle(context(client), input)).candles.map(closeOf);
        }),
      bare: () => raw(RAW_DAYS, [first, from, to]),
    },
    {
      name: `last daily candle of ${symbols.length} instruments`,
      calls: 5,
      ours: () =>
        inTransaction(async (client) => {
          const { candles } = await lastCandlesHandler.handle(context(client), { symbols: [...symbols], interval: '1d' });
          return candles.map(closeOf);
        }),
      bare: () => raw(RAW_LAST, [symbols, from, to]),
    },
  ];
}

interface RawCandle {
  readonly start: string;
  readonly close: string;
  readonly volume: string;
}

const closeOf = ({ start, close, volume }: RawCandle) => [start.slice(0, 10), Number(close), Number(volume)];

const CANDLE = `to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS start, (array_agg(open ORDER BY at))[1] AS open, max(high) AS high, min(low) AS low,
  (array_agg(close ORDER BY at DESC))[1] AS close, sum(volume) AS volume`;
const BARS = `SELECT i.symbol, date_bin('1 day', d."timestamp", TIMESTAMPTZ '2000-01-01Z') AS day, d."timestamp" AS at, d.open, d.high, d.low, d.close, d.volume
  FROM instruments i JOIN market_data d ON d.instrument_id = i.id`;
const RAW_DAYS = `SELECT ${CANDLE} FROM (${BARS} WHERE i.symbol = $1 AND d."timestamp" >= $2 AND d."timestamp" < $3) b GROUP BY day ORDER BY day`;
/** Which day is an instrument's last is not known before its bars are looked at. */
const RAW_LAST = `SELECT DISTINCT ON (symbol) symbol, ${CANDLE} FROM (${BARS} WHERE i.symbol = ANY ($1::text[]) AND d."timestamp" >= $2 AND d."timestamp" < $3) b
  GROUP BY symbol, day ORDER BY symbol, day DESC`;
