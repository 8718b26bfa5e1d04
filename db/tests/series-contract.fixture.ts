import { randomUUID } from 'node:crypto';
import { createDailyBars, createInstrument, type Sessions } from '@trii/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { dayRolled, nine, nineRolled, seriesOf, type Query } from './series.fixture.ts';

/** A migrated database with one of the two series engines, and what differs between them. */
export interface SeriesServer {
  readonly engine: 'native' | 'timescale';
  readonly sessions: Sessions;
  readonly asOwner: Query;
  readonly asWorker: Query;
  /** Brings the rollups up to date, as the engine does by itself within a minute. */
  refresh(): Promise<void>;
  /** Some of it, as when that minute ends too soon. */
  refreshSome(): Promise<void>;
  /** Brings what is older than a week into the form in which the engine keeps it. */
  settleOldParts(): Promise<void>;
}

const TYPES = {
  instrument_id: 'uuid',
  bucket: 'timestamp with time zone',
  open: 'numeric',
  high: 'numeric',
  low: 'numeric',
  close: 'numeric',
  volume: 'numeric',
};
const columnsOfViews = {
  market_data_hourly: { ...TYPES, avg_price: 'numeric', data_points: 'bigint' },
  market_intraday_daily: { ...TYPES, data_points: 'bigint' },
  market_data_daily: { ...TYPES, daily_return_pct: 'numeric', session_date: 'date' },
};

/** What both series engines must do alike. `server` is there when the tests run, not before. */
export function describeSeriesContract(server: () => SeriesServer): void {
  let id: string;
  beforeEach(async () => {
    ({ id } = await createInstrument(server().sessions));
  });
  const series = () => seriesOf(server().asWorker, id);
  const rolled = async () => [await series().hourly(), await series().daily()];
  /** The answer before and after a refresh, which must be the same. */
  const settled = async () => {
    const before = await rolled();
    await server().refresh();
    expect(await rolled()).toEqual(before);
    return before;
  };

  describe('rollups', () => {
    test('have the same columns, of the same types, on every engine', async () => {
      for (const [view, columns] of Object.entries(columnsOfViews)) {
        const found = await server().asOwner<{ name: string; type: string }>(
          `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
          [view],
        );
        expect(Object.fromEntries(found.map(({ name, type }) => [name, type])), view).toEqual(columns);
      }
    });

    test('hold the newest minutes before and after a refresh, digit for digit', async () => {
      const minute = `date_trunc('minute', now())`;
      await server().asWorker(
        `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, ${minute}, 10, 12, 9.5, 11, 100.5), ($1, ${minute} - INTERVAL '1 minute', 9, 9, 8, 9, 1)`,
        [id],
      );
      const exact = () =>
        server().asWorker<Record<string, string>>(
          `SELECT 'h' AS unit, sum(data_points)::text AS n, max(high)::text AS high, sum(volume)::text AS volume FROM market_data_hourly WHERE instrument_id = $1
           UNION ALL SELECT 'd', sum(data_points)::text, max(high)::text, sum(volume)::text FROM market_intraday_daily WHERE instrument_id = $1`,
          [id],
        );
      const before = await exact();
      expect(before).toEqual(['h', 'd'].map((unit) => ({ unit, n: '2', high: '12.00000000', volume: '101.50000000' })));
      await server().refresh();
      expect(await exact()).toEqual(before);
    });

    test('are those of the hour and of the day', async () => {
      await series().insertBars(nine);
      expect(await settled()).toEqual([[nineRolled], [dayRolled]]);
    });

    test('follow bars that arrive late or out of order, and corrections, whatever was refreshed before', async () => {
      await series().insertBars(nine);
      await server().refresh();
      await series().insertBars([['2026-03-02T09:00:00Z', 8, 8, 7, 8, 10]]);
      await series().insertBars([['2026-03-02T09:50:00Z', 11, 15, 11, 13, 60]]);
      const hour = { hour: '02 09', open: 8, high: 15, low: 7, close: 13, volume: 170, avg: (8 + 11 + 13) / 3, n: 3 };
      const day = { day: '2026-03-02', isMidnight: true, open: 8, high: 15, low: 7, close: 13, volume: 170, pct: 62.5 };
      expect(await settled()).toEqual([[hour], [day]]);
    });

    test('lose the bars that are deleted, and an hour without any bar altogether', async () => {
      await series().insertBars([...nine, ['2026-03-02T10:10:00Z', 14, 14, 14, 14, 5]]);
      await server().refresh();
      await server().asOwner(`DELETE FROM market_data WHERE instrument_id = $1 AND "timestamp" >= '2026-03-02T10:00:00Z'`, [id]);
      expect(await settled()).toEqual([[nineRolled], [dayRolled]]);
      await server().asOwner(
        `DELETE FROM market_data WHERE instrument_id = $1 AND "timestamp" >= '2026-03-02' AND "timestamp" < '2026-03-03'`,
        [id],
      );
      expect(await settled()).toEqual([[], []]);
    });

    test('leave gaps as gaps', async () => {
      await series().insertBars([
        nine[0] ?? ['', 0, 0, 0, 0, 0],
        ['2026-03-02T13:10:00Z', 14, 14, 14, 14, 5],
        ['2026-03-05T13:10:00Z', 1, 1, 1, 1, 1],
      ]);
      const [hours, days] = await settled();
      expect(hours).toMatchObject([{ hour: '02 09' }, { hour: '02 13' }, { hour: '05 13' }]);
      expect(days).toMatchObject([{ day: '2026-03-02' }, { day: '2026-03-05' }]);
    });

    test('are refreshed in steps when there is not time for all', async () => {
      await series().insertBars([...nine, ['2026-03-02T10:10:00Z', 14, 14, 14, 14, 5], ['2026-03-04T10:10:00Z', 1, 1, 1, 1, 1]]);
      const before = await rolled();
      await server().refreshSome();
      expect(await rolled()).toEqual(before);
      expect(await settled()).toEqual(before);
      expect(await server().asOwner('SELECT FROM market_hourly_marks')).toEqual([]);
      expect(await server().asOwner('SELECT FROM market_daily_marks')).toEqual([]);
    });

    test('take up what is imported again, or corrected, in parts that are old', async () => {
      await series().insertBars(nine);
      await server().refresh();
      await server().settleOldParts();
      await series().insertBars(nine);
      expect(await settled()).toEqual([[nineRolled], [dayRolled]]);
      await series().insertBars([
        ['2026-03-02T09:10:00Z', 10, 20, 9, 11, 100],
        ['2026-03-02T09:30:00Z', 1, 1, 1, 1, 1],
      ]);
      expect((await settled())[0]).toEqual([
        { hour: '02 09', open: 10, high: 20, low: 1, close: 14, volume: 151, avg: (11 + 14 + 1) / 3, n: 3 },
      ]);
      await server().asOwner(`DELETE FROM market_data WHERE instrument_id = $1 AND "timestamp" = '2026-03-02T09:30:00Z'`, [id]);
      expect((await settled())[0]).toMatchObject([{ n: 2, low: 9 }]);
    });

    test('an import that is undone leaves nothing', async () => {
      const undone = server().sessions.as({ role: 'worker_role', userId: null }, async (client) => {
        await seriesOf(
          async <Row extends object>(sql: string, values: readonly unknown[] = []) => (await client.query<Row>(sql, [...values])).rows,
          id,
        ).insertBars(nine);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect(await settled()).toEqual([[], []]);
    });
  });

  describe('market_data_daily', () => {
    test('is the daily bar where no intraday bar covers the session, and the rollup where one does: never both', async () => {
      await createDailyBars(server().sessions, id, { '2026-03-02': '99', '2026-03-03': '50' });
      await series().insertBars(nine);
      const bar = { day: '2026-03-03', isMidnight: true, open: null, high: null, low: null, close: 50, volume: null, pct: null };
      expect((await settled())[1]).toEqual([dayRolled, bar]);
    });

    test('gives no return instead of failing when the open is zero', async () => {
      await series().insertBars([['2026-03-02T09:10:00Z', 0, 1, 0, 1, 1]]);
      expect((await settled())[1]).toMatchObject([{ close: 1, pct: null }]);
    });
  });

  describe('a bar', () => {
    test('cannot be stored twice', async () => {
      await series().insertBars(nine);
      const again = `INSERT INTO market_data (instrument_id, "timestamp", open, high, low, close, volume) VALUES ($1, '2026-03-02T09:10:00Z', 1, 1, 1, 1, 1)`;
      await expect(server().asWorker(again, [id])).rejects.toMatchObject({ code: '23505' });
    });
  });

  describeDays(server);
  describeRetention(server);
  describeOtherSeries(server);
}

/** Market days of other time zones than UTC, from the hourly rollup. */
function describeDays(server: () => SeriesServer): void {
  let id: string;
  beforeEach(async () => {
    ({ id } = await createInstrument(server().sessions));
  });
  const days = (zone: string, from: string, to: string) =>
    server().asWorker(
      `SELECT session_date::text AS day, to_char(bucket AT TIME ZONE 'UTC', 'DD HH24:MI') AS starts, open::float, high::float, low::float, close::float, volume::float, data_points::int AS n
       FROM market_data_by_day($1, $2, $3, $4)`,
      [id, from, to, zone],
    );
  const insert = (...bars: (readonly [at: string, close: number])[]) =>
    seriesOf(server().asWorker, id).insertBars(bars.map(([at, close]) => [at, close, close, close, close, close]));
  const one = (day: string, starts: string, close: number) => ({
    day,
    starts,
    open: close,
    high: close,
    low: close,
    close,
    volume: close,
    n: 1,
  });

  describe('market_data_by_day', () => {
    test.each([
      [
        'UTC',
        [one('2026-03-02', '02 00:00', 1), { day: '2026-03-03', starts: '03 00:00', open: 2, high: 8, low: 2, close: 8, volume: 14, n: 3 }],
      ],
      [
        'America/Bogota',
        [{ day: '2026-03-02', starts: '02 05:00', open: 1, high: 4, low: 1, close: 4, volume: 7, n: 3 }, one('2026-03-03', '03 05:00', 8)],
      ],
      // Five and a half hours ahead: midnight is 18:30 UTC, within an hour.
      [
        'Asia/Kolkata',
        [one('2026-03-02', '01 18:30', 1), { day: '2026-03-03', starts: '02 18:30', open: 2, high: 8, low: 2, close: 8, volume: 14, n: 3 }],
      ],
    ])('cuts at midnight of %s, before and after a refresh', async (zone, expected) => {
      await insert(['2026-03-02T18:29:00Z', 1], ['2026-03-03T00:30:00Z', 2], ['2026-03-03T04:59:00Z', 4], ['2026-03-03T05:00:00Z', 8]);
      expect(await days(zone, '2026-03-02', '2026-03-03')).toEqual(expected);
      await server().refresh();
      expect(await days(zone, '2026-03-02', '2026-03-03')).toEqual(expected);
    });

    test('takes an hour apart that a midnight cuts', async () => {
      await insert(['2026-03-02T18:29:00Z', 1], ['2026-03-02T18:30:00Z', 2]);
      await server().refresh();
      expect(await days('Asia/Kolkata', '2026-03-01', '2026-03-04')).toEqual([
        one('2026-03-02', '01 18:30', 1),
        one('2026-03-03', '02 18:30', 2),
      ]);
    });

    test('knows days of 23 and of 25 hours', async () => {
      // New York: the clocks went forward on 8 March 2026 and went back on 1 November 2026.
      await insert(['2026-03-08T04:59:00Z', 1], ['2026-03-08T05:00:00Z', 2], ['2026-03-09T03:59:00Z', 4], ['2026-03-09T04:00:00Z', 8]);
      await insert(['2026-11-01T03:59:00Z', 1], ['2026-11-01T04:00:00Z', 2], ['2026-11-02T04:59:00Z', 4], ['2026-11-02T05:00:00Z', 8]);
      const long = { open: 2, high: 4, low: 2, close: 4, volume: 6, n: 2 };
      expect(await days('America/New_York', '2026-03-07', '2026-03-09')).toEqual([
        one('2026-03-07', '07 05:00', 1),
        { day: '2026-03-08', starts: '08 05:00', ...long },
        one('2026-03-09', '09 04:00', 8),
      ]);
      expect(await days('America/New_York', '2026-11-01', '2026-11-01')).toEqual([{ day: '2026-11-01', starts: '01 04:00', ...long }]);
    });

    test('is bounded, and refuses a zone that is none', async () => {
      await expect(days('UTC', '2000-01-01', '2020-01-01')).rejects.toMatchObject({ code: 'TR011' });
      await expect(days('Mars/Olympus', '2026-01-01', '2026-01-02')).rejects.toMatchObject({ code: '22023' });
    });
  });
}

/** Last, since what is dropped stays closed. */
function describeRetention(server: () => SeriesServer): void {
  interface Dropped {
    readonly table: string;
    readonly day: string;
    readonly rows: string;
    readonly hours: string;
  }
  const drop = () =>
    server().asWorker<Dropped>(
      `SELECT table_name AS table, first_day::text AS day, dropped_rows AS rows, kept_hours AS hours FROM drop_expired_series() ORDER BY 1, 2`,
    );
  const bars = (id: string) => server().asOwner('SELECT FROM market_data WHERE instrument_id = $1', [id]);
  const dayAt = async (age: string): Promise<string> =>
    (await server().asOwner<{ day: string }>(`SELECT (now() AT TIME ZONE 'UTC' - $1::interval)::date::text AS day`, [age]))[0]?.day ?? '';

  describe('retention', () => {
    test('drops raw bars of more than two years by whole days, tells how many, and keeps their rollups and the daily history for good', async () => {
      const { id } = await createInstrument(server().sessions);
      const [old, kept] = [await dayAt('2 years 2 days'), await dayAt('2 years -1 days')];
      const series = seriesOf(server().asWorker, id);
      await createDailyBars(server().sessions, id, { '1995-03-02': '5' });
      const shape = (day: string) => [
        [`${day}T09:10:00Z`, 10, 12, 9, 11, 100] as const,
        [`${day}T09:50:00Z`, 11, 15, 11, 14, 50] as const,
        [`${day}T18:40:00Z`, 1, 1, 1, 1, 1] as const,
      ];
      await server().asWorker('SELECT prepare_series_days($1, $2)', ['market_data', [old, kept]]);
      await series.insertBars([...shape(old), ...shape(kept)]);
      await server().refresh();
      // One more, so that a marked hour is among what goes.
      await series.insertBars([[`${old}T09:55:00Z`, 14, 14, 14, 14, 7]]);
      const before = [await series.hourly(), await series.daily()];
      expect(before.map((rows) => rows.length)).toEqual([4, 3]);
      expect(await drop()).toEqual([{ table: 'market_data', day: old, rows: '4', hours: '2' }]);
      expect(await bars(id)).toHaveLength(3);
      expect([await series.hourly(), await series.daily()]).toEqual(before);
      await server().refresh();
      expect([await series.hourly(), await series.daily()]).toEqual(before);
      expect(await drop()).toEqual([]);

      // What was dropped is closed: part of a day's bars would replace the rollup of all of them.
      await expect(series.insertBars([[`${old}T09:10:00Z`, 1, 1, 1, 1, 1]])).rejects.toMatchObject({ code: 'TR010' });
      await series.insertBars([[`${kept}T09:10:00Z`, 10, 12, 9, 11, 100]]);
      // A zone that cuts an hour would need the bars.
      const byDay = (zone: string) => server().asWorker('SELECT volume::float FROM market_data_by_day($1, $2, $2, $3)', [id, old, zone]);
      expect(await byDay('America/Bogota')).toEqual([{ volume: 158 }]);
      await expect(byDay('Asia/Kolkata')).rejects.toMatchObject({ code: 'TR012' });
    });

    test('drops books of more than seven days and indicators of more than two years, and nothing younger', async () => {
      const { id } = await createInstrument(server().sessions);
      const [nineDays, sixDays, old, young] = [
        await dayAt('9 days'),
        await dayAt('6 days'),
        await dayAt('2 years 40 days'),
        await dayAt('1 year 11 months'),
      ];
      await server().asWorker('SELECT prepare_series_days($1, $2)', ['order_book', [nineDays, sixDays]]);
      await server().asWorker('SELECT prepare_series_days($1, $2)', ['technical_indicators', [old, young]]);
      for (const day of [nineDays, sixDays]) await insertBook(server().asOwner, { id, at: `${day}T12:00:00Z` });
      for (const day of [old, young]) await insertIndicator(server().asOwner, { id, at: `${day}T12:00:00Z` });
      expect((await drop()).map(({ table, rows, hours }) => [table, rows, hours])).toEqual([
        ['order_book', '1', '0'],
        ['technical_indicators', '1', '0'],
      ]);
      expect(
        await server().asOwner(`SELECT spread::text, "timestamp"::date::text AS day FROM order_book WHERE instrument_id = $1`, [id]),
      ).toEqual([{ spread: '0.50000000', day: sixDays }]);
      expect(await server().asOwner('SELECT FROM technical_indicators WHERE instrument_id = $1', [id])).toHaveLength(1);
    });

    test('follows its setting', async () => {
      const { id } = await createInstrument(server().sessions);
      const day = await dayAt('20 days');
      await server().asWorker('SELECT prepare_series_days($1, $2)', ['order_book', [day]]);
      await server().asOwner(`UPDATE series_retention SET keep = '30 days' WHERE table_name = 'order_book'`);
      await insertBook(server().asOwner, { id, at: `${day}T12:00:00Z` });
      expect(await drop()).toEqual([]);
      await server().asOwner(`UPDATE series_retention SET keep = '7 days' WHERE table_name = 'order_book'`);
      expect(await drop()).toEqual([{ table: 'order_book', day, rows: '1', hours: '0' }]);
    });

    test('waits for nobody: what is being read is dropped the next time', async () => {
      const { id } = await createInstrument(server().sessions);
      const day = await dayAt('20 days');
      await server().asWorker('SELECT prepare_series_days($1, $2)', ['order_book', [day]]);
      await insertBook(server().asOwner, { id, at: `${day}T12:00:00Z` });
      await server().sessions.as({ role: 'admin_role', userId: null }, async (reader) => {
        await reader.query('SELECT count(*) FROM order_book');
        expect(await drop()).toEqual([]);
      });
      expect(await drop()).toEqual([{ table: 'order_book', day, rows: '1', hours: '0' }]);
    });

    test('is for the worker alone', async () => {
      for (const role of ['anonymous_role', 'authenticated_user', 'admin_role'] as const) {
        const denied = server().sessions.as({ role, userId: null }, (client) => client.query('SELECT drop_expired_series()'));
        await expect(denied).rejects.toMatchObject({ code: '42501' });
      }
    });
  });
}

function describeOtherSeries(server: () => SeriesServer): void {
  test('order_book keeps one book of an instrument and instant, and computes the spread', async () => {
    const { id } = await createInstrument(server().sessions);
    await insertBook(server().asOwner, { id, at: '2026-11-20T10:00:00Z' });
    await expect(insertBook(server().asOwner, { id, at: '2026-11-20T10:00:00Z' })).rejects.toMatchObject({ code: '23505' });
    expect(await server().asWorker('SELECT spread::text FROM order_book WHERE instrument_id = $1', [id])).toEqual([
      { spread: '0.50000000' },
    ]);
  });

  test('technical_indicators keeps one value of an instrument, indicator, instant and set of parameters', async () => {
    const { id } = await createInstrument(server().sessions);
    await insertIndicator(server().asOwner, { id, at: '2026-11-20T10:00:00Z' });
    await expect(insertIndicator(server().asOwner, { id, at: '2026-11-20T10:00:00Z' })).rejects.toMatchObject({ code: '23505' });
    await insertIndicator(server().asOwner, { id, at: '2026-11-20T11:00:00Z' });
    expect(await server().asWorker('SELECT FROM technical_indicators WHERE instrument_id = $1', [id])).toHaveLength(2);
  });
}

const insertBook = (query: Query, { id, at }: { readonly id: string; readonly at: string }) =>
  query(`INSERT INTO order_book (instrument_id, "timestamp", bids, asks, best_bid, best_ask) VALUES ($1, $2, '[]', '[]', 9.5, 10)`, [
    id,
    at,
  ]);
const insertIndicator = (query: Query, { id, at }: { readonly id: string; readonly at: string }) =>
  query(
    `INSERT INTO technical_indicators (id, instrument_id, "timestamp", indicator_type, indicator_values) VALUES ($1, $2, $3, 'RSI', '{"v": 50}')`,
    [randomUUID(), id, at],
  );
