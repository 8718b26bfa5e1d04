import {
  createDailyBars,
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  deposit,
  type TestDatabase,
  type TestPlatform,
  throwSnapshotsAway,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@trii/kernel';
import {
  buy,
  dispatch,
  due,
  openPortfolio,
  reachOf,
  runShard,
  sessionsOf,
  shardOf,
  snapshotsOf,
  valueAt,
  wavyCloses,
  withdraw,
  writeSnapshots,
} from './snapshots.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

// What is due is a question to all portfolios, so each test begins without any.
beforeEach(async () => {
  for (const table of ['portfolio_snapshots', 'postings', 'positions', 'portfolios', 'deliveries', 'outbox']) {
    await platform.inspect(`DELETE FROM ${table}`);
  }
});

/** 1,000 in on Tuesday 2 January 2018, 50 shares for 10 and a fee of 5 on Wednesday, no close on Thursday, 100 out on Friday. */
async function firstWeek() {
  const instrument = await createInstrument(database);
  await createDailyBars(database, instrument.id, { '2018-01-02': '9.5', '2018-01-03': '10', '2018-01-05': '12' });
  const portfolio = await openPortfolio(database, '2018-01-02');
  await deposit(database, portfolio, { amount: '1000', date: '2018-01-02' });
  await buy(database, portfolio, { instrument, quantity: '50', cost: '505', date: '2018-01-03' });
  await withdraw(database, portfolio, { amount: '100', date: '2018-01-05' });
  await valueAt(platform, '2018-01-07'); // a Sunday
  return { instrument, portfolio };
}

describe('snapshotPortfolios', () => {
  it('writes one snapshot per session with the figures that a hand works out', async () => {
    const { instrument, portfolio } = await firstWeek();
    expect(await writeSnapshots(platform)).toEqual({ portfolios: 1, snapshots: 4, failed: 0 });
    const rows = await snapshotsOf(platform, portfolio.id);
    const shown = rows.map((row) =>
      ['date', 'total_value', 'cash_balance', 'invested_amount', 'inflow', 'outflow', 'is_stale', 'daily_return', 'total_return'].map(
        (name) => row[name],
      ),
    );
    expect(shown).toEqual([
      ['2018-01-02', '1000.00000000', '1000.00000000', '0.00000000', '1000.00000000', '0.00000000', false, '0.00000000', '0.00000000'],
      // 1000 - 505 = 495; 495 + 50 x 10 = 995; 995 / 1000 - 1 = -0.005
      ['2018-01-03', '995.00000000', '495.00000000', '505.00000000', '0.00000000', '0.00000000', false, '-0.00500000', '-0.00500000'],
      ['2018-01-04', '995.00000000', '495.00000000', '505.00000000', '0.00000000', '0.00000000', true, null, '-0.00500000'],
      // 395 + 50 x 12 = 995; (995 + 100) / 995 - 1 = 0.10050251; 0.995 x 1.10050251 - 1 = 0.095
      ['2018-01-05', '995.00000000', '395.00000000', '505.00000000', '0.00000000', '100.00000000', false, '0.10050251', '0.09500000'],
    ]);
    // 600 / 995 = 60.3015 %, 395 / 995 = 39.6985 %
    const shares = { [instrument.symbol]: '60.3015', CASH: '39.6985' };
    expect(rows.at(-1)).toMatchObject({ allocation_breakdown: shares, max_drawdown: '0.00500000' });
    expect(await platform.inspect('SELECT total_value, unrealized_pnl, allocation_current, snapshots_dirty_from FROM portfolios')).toEqual([
      { total_value: '995.00000000', unrealized_pnl: '95.00000000', allocation_current: shares, snapshots_dirty_from: null }, // 600 - 505
    ]);
    expect(await platform.inspect('SELECT current_price, current_value, unrealized_pnl, allocation_percentage FROM positions')).toEqual([
      { current_price: '12.00000000', current_value: '600.00000000', unrealized_pnl: '95.00000000', allocation_percentage: '60.3015' },
    ]);
  });

  it('tells the owner when a portfolio is up to date, and has nothing to do afterwards', async () => {
    const { portfolio } = await firstWeek();
    await writeSnapshots(platform);
    const events = await platform.inspect(`SELECT payload, user_id FROM outbox WHERE name = 'analytics.SnapshotsUpdated'`);
    expect(events).toEqual([{ payload: { portfolioId: portfolio.id, through: '2018-01-05' }, user_id: portfolio.userId }]);
    expect(await due(platform, 'all')).toEqual({ through: '2018-01-05', portfolios: 0, shards: [], busy: [] });
    expect(await writeSnapshots(platform)).toEqual({ portfolios: 0, snapshots: 0, failed: 0 });
  });

  it('rewrites from the date on where the ledger changed, and keeps one row per session', async () => {
    const { portfolio } = await firstWeek();
    await writeSnapshots(platform);
    await deposit(database, portfolio, { amount: '10', date: '2018-01-04' });
    expect(await due(platform, 'changed')).toMatchObject({ portfolios: 1, shards: [shardOf(portfolio.id)] });
    expect(await writeSnapshots(platform, 'changed')).toMatchObject({ snapshots: 2 });
    const rows = await snapshotsOf(platform, portfolio.id);
    expect(rows.map(({ date, total_value, inflow }) => [date, total_value, inflow])).toEqual([
      ['2018-01-02', '1000.00000000', '1000.00000000'],
      ['2018-01-03', '995.00000000', '0.00000000'],
      ['2018-01-04', '1005.00000000', '10.00000000'],
      ['2018-01-05', '1005.00000000', '0.00000000'],
    ]);
  });

  it("takes a weekend's entry into the next session", async () => {
    const { portfolio } = await firstWeek();
    await deposit(database, portfolio, { amount: '7', date: '2018-01-06' });
    await writeSnapshots(platform);
    await deposit(database, portfolio, { amount: '1', date: '2018-01-07' });
    expect(await writeSnapshots(platform, 'changed')).toMatchObject({ portfolios: 1, snapshots: 0 });
    expect(await due(platform, 'all')).toMatchObject({ portfolios: 0 });
    await valueAt(platform, '2018-01-08');
    await writeSnapshots(platform, 'session');
    expect((await snapshotsOf(platform, portfolio.id)).at(-1)).toMatchObject({ date: '2018-01-08', inflow: '8.00000000', is_stale: true });
  });

  it('forgets later snapshots when the valuation date is set back', async () => {
    const { portfolio } = await firstWeek();
    await writeSnapshots(platform);
    await valueAt(platform, '2018-01-03');
    expect(await writeSnapshots(platform, 'session')).toMatchObject({ portfolios: 1 });
    expect((await snapshotsOf(platform, portfolio.id)).map(({ date }) => date)).toEqual(['2018-01-02', '2018-01-03']);
    expect(await platform.inspect('SELECT total_value FROM portfolios')).toEqual([{ total_value: '995.00000000' }]);
    expect(await due(platform, 'all')).toMatchObject({ portfolios: 0 });
  });

  it("leaves later snapshots alone when a job asks for an earlier date than today's", async () => {
    const { portfolio } = await firstWeek();
    await writeSnapshots(platform);
    await deposit(database, portfolio, { amount: '10', date: '2018-01-03' });
    await runShard(platform, { shard: shardOf(portfolio.id), runKey: newId(), through: '2018-01-03' });
    expect((await snapshotsOf(platform, portfolio.id)).map(({ date, total_value }) => [date, total_value])).toEqual([
      ['2018-01-02', '1000.00000000'],
      ['2018-01-03', '1005.00000000'],
      ['2018-01-04', '995.00000000'],
      ['2018-01-05', '995.00000000'],
    ]);
    expect(await writeSnapshots(platform, 'changed')).toMatchObject({ snapshots: 2 });
    expect((await snapshotsOf(platform, portfolio.id)).map(({ total_value }) => total_value).slice(2)).toEqual([
      '1005.00000000',
      '1005.00000000',
    ]);
  });

  it('values another currency at its rate, and a close that is years old', async () => {
    const instrument = await createInstrument(database, { currencyCode: 'EUR' });
    await createDailyBars(database, instrument.id, { '2016-03-01': '8' });
    await platform.inspect(`INSERT INTO fx_rates (base_currency, quote_currency, as_of, rate, source)
      VALUES ('EUR', 'USD', '2017-12-01T12:00Z', 1.5, 't'), ('EUR', 'USD', '2018-01-03T00:00Z', 9, 't'), ('EUR', 'USD', '2018-01-03T20:59Z', 1.25, 't'), ('EUR', 'USD', '2018-01-03T21:01Z', 7, 't')`);
    const portfolio = await openPortfolio(database, '2018-01-02');
    await deposit(database, portfolio, { amount: '100', date: '2018-01-02' });
    await buy(database, portfolio, { instrument, quantity: '2', cost: '20', date: '2018-01-02' });
    await valueAt(platform, '2018-01-03');
    await writeSnapshots(platform);
    // 80 + 2 x 8 x 1.5 = 104; 80 + 2 x 8 x 1.25 = 100
    expect((await snapshotsOf(platform, portfolio.id)).map(({ total_value, is_stale }) => [total_value, is_stale])).toEqual([
      ['104.00000000', true],
      ['100.00000000', true],
    ]);
  });
});

describe('a portfolio whose holding has no price', () => {
  async function blocked() {
    const priceless = await createInstrument(database);
    const { portfolio } = await firstWeek();
    const other = await openPortfolio(database, '2018-01-02');
    await deposit(database, other, { amount: '20', date: '2018-01-02' });
    await buy(database, other, { instrument: priceless, quantity: '1', cost: '5', date: '2018-01-04' });
    return { portfolio, other, priceless };
  }

  it('stops the day before, says why, and holds up nobody', async () => {
    const { portfolio, other, priceless } = await blocked();
    expect(await writeSnapshots(platform)).toEqual({ portfolios: 1, snapshots: 6, failed: 1 });
    expect((await snapshotsOf(platform, other.id)).map(({ date }) => date)).toEqual(['2018-01-02', '2018-01-03']);
    expect(await snapshotsOf(platform, portfolio.id)).toHaveLength(4);
    const problem = { portfolioId: other.id, date: '2018-01-04', reason: 'PRICE_MISSING', asset: priceless.id };
    expect(await platform.inspect(`SELECT payload, user_id FROM outbox WHERE name = 'analytics.SnapshotsBlocked'`)).toEqual([
      { payload: problem, user_id: other.userId },
    ]);
    expect(await platform.inspect(`SELECT new_values -> 'problems' AS problems FROM audit_logs WHERE new_values ? 'problems'`)).toEqual([
      { problems: [problem] },
    ]);
    expect(platform.logger.lines.filter(({ level }) => level === 'warn').at(-1)).toMatchObject({ fields: problem });
  });

  it('is left alone for an hour, unless everything is asked for, and goes on when the price has come', async () => {
    const { other, priceless } = await blocked();
    await writeSnapshots(platform);
    expect(await due(platform, 'changed')).toMatchObject({ portfolios: 0, shards: [] });
    expect(await due(platform, 'session')).toMatchObject({ portfolios: 0, shards: [] });
    expect(await due(platform, 'all')).toMatchObject({ portfolios: 1, shards: [shardOf(other.id)] });
    await createDailyBars(database, priceless.id, { '2018-01-04': '6', '2018-01-05': '7' });
    await platform.inspect(`UPDATE outbox SET created_at = created_at - interval '61 minutes'`);
    expect(await due(platform, 'changed')).toMatchObject({ portfolios: 1 });
    expect(await writeSnapshots(platform)).toEqual({ portfolios: 1, snapshots: 2, failed: 0 });
    expect((await snapshotsOf(platform, other.id)).map(({ total_value }) => total_value)).toEqual([
      '20.00000000',
      '20.00000000',
      '21.00000000',
      '22.00000000',
    ]);
  });

  it('loses the snapshots that a change made wrong and that cannot be made anew', async () => {
    const { portfolio } = await firstWeek();
    await writeSnapshots(platform);
    await buy(database, portfolio, { instrument: await createInstrument(database), quantity: '1', cost: '5', date: '2018-01-04' });
    expect(await writeSnapshots(platform)).toMatchObject({ failed: 1 });
    expect((await snapshotsOf(platform, portfolio.id)).map(({ date }) => date)).toEqual(['2018-01-02', '2018-01-03']);
    expect(await reachOf(platform, portfolio.id)).toBe('2018-01-03');
  });
});

describe('a long history', () => {
  const sessions = sessionsOf('2013-01-02', '2018-05-25');

  async function longHistory() {
    const closes = wavyCloses(sessions);
    const [first, second] = [await createInstrument(database), await createInstrument(database)];
    const gaps = Object.entries(closes).filter((_, day) => day % 37 !== 5);
    await createDailyBars(database, first.id, closes);
    await createDailyBars(database, second.id, Object.fromEntries(gaps));
    const portfolio = await openPortfolio(database, '2013-01-02');
    for (let month = 0; month < 60; month += 1) {
      const date = sessions[month * 21] ?? '2013-01-02';
      await deposit(database, portfolio, { amount: '1000.10', date });
      await buy(database, portfolio, { instrument: month % 2 === 0 ? first : second, quantity: '3.5', cost: '480.25', date });
    }
    return portfolio;
  }

  it('is the same, row for row, whether written at once, cut off after every chunk, or night by night', async () => {
    const portfolio = await longHistory();
    await valueAt(platform, '2018-05-25');
    expect(await writeSnapshots(platform)).toEqual({ portfolios: 1, snapshots: sessions.length, failed: 0 });
    const atOnce = await snapshotsOf(platform, portfolio.id);
    expect(atOnce.map(({ date }) => date)).toEqual(sessions);

    await throwSnapshotsAway(platform);
    const input = { shard: shardOf(portfolio.id), runKey: newId(), through: '2018-05-25' };
    let cuts = 0;
    for (let done = false; !done;) {
      const stop = new AbortController();
      done = await runShard(platform, input, { signal: stop.signal, onChunk: () => stop.abort() }).then(
        () => true,
        () => false,
      );
      cuts += done ? 0 : 1;
    }
    expect(cuts).toBe(3); // 1,360 sessions in steps of 500; the last chunk finds nothing more
    expect(await snapshotsOf(platform, portfolio.id)).toEqual(atOnce);

    await throwSnapshotsAway(platform, '2018-05-11');
    for (const date of sessionsOf('2018-05-11', '2018-05-25')) {
      await valueAt(platform, date);
      await writeSnapshots(platform, 'session');
    }
    expect(await snapshotsOf(platform, portfolio.id)).toEqual(atOnce);
  });
});

describe('dispatchSnapshots', () => {
  it('asks once for each part with due portfolios, however often and however many ask', async () => {
    const { portfolio } = await firstWeek();
    const answers = await Promise.all(Array.from({ length: 12 }, () => dispatch(platform)));
    expect(answers.flatMap(({ shards }) => shards)).toEqual([shardOf(portfolio.id)]);
    const events = await platform.inspect<{ payload: { shard: number; through: string } }>(
      `SELECT payload FROM outbox WHERE name = 'analytics.SnapshotShardDue'`,
    );
    expect(events).toMatchObject([{ payload: { shard: shardOf(portfolio.id), through: '2018-01-05' } }]);
    expect(await due(platform, 'changed')).toMatchObject({ portfolios: 0, shards: [], busy: [shardOf(portfolio.id)] });
  });

  it('asks for nothing for a portfolio that was never used, and for a closed one until its last days are written', async () => {
    await openPortfolio(database, '2018-01-02');
    const portfolio = await openPortfolio(database, '2018-01-02');
    await deposit(database, portfolio, { amount: '10.00', date: '2018-01-02' });
    await withdraw(database, portfolio, { amount: '10.00', date: '2018-01-03' });
    await platform.inspect(`UPDATE portfolios SET status = 'CLOSED' WHERE id = $1`, [portfolio.id]);
    await valueAt(platform, '2018-01-04');
    for (const look of ['changed', 'session', 'all'] as const) expect(await due(platform, look)).toMatchObject({ portfolios: 1 });
    await writeSnapshots(platform);
    expect((await snapshotsOf(platform, portfolio.id)).map((row) => row['total_value'])).toEqual([
      '10.00000000',
      '0.00000000',
      '0.00000000',
    ]);
    await valueAt(platform, '2018-01-05');
    for (const look of ['changed', 'session', 'all'] as const)
      expect(await due(platform, look)).toMatchObject({ portfolios: 0, shards: [] });
  });

  it('leaves a part alone for an hour after its job gave up', async () => {
    await firstWeek();
    await dispatch(platform);
    await platform.inspect(`UPDATE deliveries SET status = 'dead' WHERE job_name = 'snapshot-portfolios'`);
    expect(await due(platform, 'session')).toMatchObject({ portfolios: 0, shards: [] });
    expect((await due(platform, 'all')).shards).toHaveLength(1);
    await platform.inspect(`UPDATE deliveries SET created_at = created_at - interval '61 minutes'`);
    expect((await due(platform, 'session')).shards).toHaveLength(1);
  });
});
