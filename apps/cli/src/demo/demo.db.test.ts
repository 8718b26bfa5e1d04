import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, platformError, type TriiClient } from '@trii/client';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHledger } from '../ledger/hledger.fixture.ts';
import { balancesOf } from '../ledger/read-balances.fixture.ts';
import { startPlatform, type RunningPlatform } from './running-platform.fixture.ts';
import { demoFiles } from './demo-files.ts';
import { demoInvestors, TRACKER } from './demo-plan.ts';
import { secondMethod } from './second-method.fixture.ts';

// The whole platform as `npm start` runs it: embedded servers, api and workers as processes, the demo loaded through the client.
let platform: RunningPlatform;
beforeAll(async () => {
  platform = await startPlatform();
}, 120_000);
afterAll(async () => platform?.[Symbol.asyncDispose]());

async function as(slug: string): Promise<TriiClient> {
  const email = demoInvestors.find((investor) => investor.slug === slug)?.email ?? '';
  const { token } = await createClient({ url: platform.apiUrl }).identity.signIn.mutate({ email, password: platform.demoPassword });
  return createClient({ url: platform.apiUrl, token });
}

async function portfolioOf(client: TriiClient): Promise<string> {
  const { items } = await client.portfolio.list.query({});
  return items[0]?.id ?? '';
}

const codeOf = async (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => platformError(error)?.code,
  );

async function connected<T>(url: string, work: (database: Client) => Promise<T>): Promise<T> {
  const database = new Client({ connectionString: url });
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}

test.each(['ana', 'bruno', 'carla'])('the whole history of %s equals a second computation by SQL and arithmetic', async (slug) => {
  const client = await as(slug);
  const portfolioId = await portfolioOf(client);
  const { items: snapshots } = await client.portfolio.history.query({ portfolioId, limit: 5000 });
  const days = await connected(platform.urls.admin, (database) => secondMethod(database, portfolioId, TRACKER));
  expect(days.length).toBeGreaterThan(1000);
  expect(snapshots.map((snapshot) => snapshot.date)).toEqual(days.map((day) => day.date));
  for (const [index, day] of days.entries()) {
    const snapshot = snapshots[index];
    expect(Number(snapshot?.cashBalance), `cash on ${day.date}`).toBeCloseTo(Number(day.cash), 2);
    expect(Math.abs(Number(snapshot?.totalValue) - Number(day.total)), `total on ${day.date}`).toBeLessThan(0.005);
    for (const [name, ours, theirs] of [
      ['daily return', snapshot?.dailyReturn, day.dailyReturn],
      ['total return', snapshot?.totalReturn, day.totalReturn],
      ['volatility', snapshot?.volatility, day.volatility],
      ['Sharpe ratio', snapshot?.sharpeRatio, day.sharpe],
    ] as const) {
      if (theirs === null) expect(ours, `${name} on ${day.date}`).toBeNull();
      else if (index > 0) expect(Math.abs(Number(ours) - theirs), `${name} on ${day.date}`).toBeLessThan(2e-8);
    }
    if (index > 0) expect(Math.abs(Number(snapshot?.maxDrawdown) - Number(day.drawdown)), `drawdown on ${day.date}`).toBeLessThan(2e-8);
  }
});

test("three of Ana's days, computed by hand", async () => {
  const client = await as('ana');
  const portfolioId = await portfolioOf(client);
  const dayOf = async (date: string) => (await client.portfolio.history.query({ portfolioId, from: date, to: date })).items[0];

  // 50,000.00 in; 20 at 1,455.219971 = 29,104.40 and 9.95 fee leave 20,885.65; 20 x 1,455.219971 = 29,104.39942.
  // 49,990.04942 / (0 + 50,000) - 1 = -0.0001990116
  expect(await dayOf('2000-01-03')).toMatchObject({
    cashBalance: '20885.65',
    totalValue: '49990.04942',
    inflow: '50000',
    outflow: '0',
    dailyReturn: -0.00019901,
  });

  // 8 at 776.760010 = 6,214.08 and 9.95 fee leave 14,661.62; 28 x 776.760010 = 21,749.28028; the day before: 20,885.65 + 20 x 798.549988 = 36,856.64976.
  // 36,410.90028 / 36,856.64976 - 1 = -0.01209413994
  expect(await dayOf('2002-10-09')).toMatchObject({
    cashBalance: '14661.62',
    totalValue: '36410.90028',
    inflow: '0',
    dailyReturn: -0.01209414,
  });

  // 12,000.00 of Saturday the 7th count from Monday on; 25 at 676.530029 = 16,913.25 and 9.95 fee leave 9,738.42; 53 x 676.530029 = 35,856.091537;
  // Friday: 14,661.62 + 28 x 683.380005 = 33,796.26014. 45,594.511537 / (33,796.26014 + 12,000) - 1 = -0.00440535106
  expect(await dayOf('2009-03-09')).toMatchObject({
    cashBalance: '9738.42',
    totalValue: '45594.511537',
    inflow: '12000',
    dailyReturn: -0.00440535,
  });
});

test('another investor gets nothing of it by the client', async () => {
  const [ana, bruno] = [await as('ana'), await as('bruno')];
  const portfolioId = await portfolioOf(ana);
  expect((await ana.portfolio.summary.query({ portfolioId })).id).toBe(portfolioId);
  expect(await codeOf(bruno.portfolio.summary.query({ portfolioId }))).toBe('NOT_FOUND');
  expect(await codeOf(bruno.portfolio.history.query({ portfolioId }))).toBe('NOT_FOUND');
  expect(await codeOf(bruno.cash.withdraw.mutate({ portfolioId, amount: '1.00', currency: 'USD' }))).toBe('NOT_FOUND');
  expect((await bruno.portfolio.list.query({})).items.map((item) => item.id)).not.toContain(portfolioId);
});

test('nobody signed in gets nothing of it by the client', async () => {
  const portfolioId = await portfolioOf(await as('ana'));
  for (const client of [createClient({ url: platform.apiUrl }), createClient({ url: platform.apiUrl, token: 'A'.repeat(43) })]) {
    expect(await codeOf(client.portfolio.summary.query({ portfolioId }))).toBe('UNAUTHENTICATED');
    expect(await codeOf(client.portfolio.history.query({ portfolioId }))).toBe('UNAUTHENTICATED');
    expect(await codeOf(client.portfolio.list.query({}))).toBe('UNAUTHENTICATED');
  }
});

test("SQL as the api's login shows an investor's rows to that investor alone", async () => {
  const tables = ['portfolios', 'positions', 'postings', 'trades', 'fills', 'portfolio_snapshots'];
  const ana = await as('ana');
  const bruno = await as('bruno');
  const [{ userId: anaId }, { userId: brunoId }] = [await ana.identity.me.query({}), await bruno.identity.me.query({})];
  await connected(platform.urls.api, async (database) => {
    const rowsOfAna = async (table: string, role: string, userId: string): Promise<number | string> => {
      await database.query('BEGIN');
      try {
        await database.query(`SET LOCAL ROLE ${role}`);
        await database.query("SELECT set_config('app.user_id', $1, true)", [userId]);
        const { rows } = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE user_id = $1`, [anaId]);
        return rows[0]?.n ?? -1;
      } catch (error) {
        return (error as { code?: string }).code ?? 'unknown';
      } finally {
        await database.query('ROLLBACK');
      }
    };
    for (const table of tables) {
      expect(await rowsOfAna(table, 'authenticated_user', anaId), `${table} as Ana`).toBeGreaterThan(0);
      expect(await rowsOfAna(table, 'authenticated_user', brunoId), `${table} as Bruno`).toBe(0);
      expect(await rowsOfAna(table, 'authenticated_user', ''), `${table} as nobody`).toBe(0);
      expect(await rowsOfAna(table, 'anonymous_role', ''), `${table} as anonymous_role`).toBe('42501');
      expect(await rowsOfAna(table, 'trii_api', anaId), `${table} as the bare login, which does not even see the schema`).toBe('42P01');
      expect(await rowsOfAna(table, 'admin_role', anaId), `${table}: the api cannot become an operator`).toBe('42501');
    }
  });
});

test('trii portfolio show prints positions, performance and a chart, and everything as JSON', async () => {
  const page = await platform.trii('portfolio', 'show', '--as', 'bruno@demo.example');
  expect(page.code).toBe(0);
  // 150 - 75 + 30 of AAPL at 188.589996 of 2018-05-11, 5 - 2 of the tracker at 2,727.719971.
  expect(page.out).toMatch(/AAPL +105 .*188\.59 +19,801\.95/);
  expect(page.out).toMatch(/DEMO500 +3 .*2,727\.72 +8,183\.16/);
  expect(page.out).toMatch(/return -?[\d.]+ % \(time-weighted\)/);
  expect(page.out.split('\n').filter((line) => /[┤┼]/.test(line)).length).toBeGreaterThan(8);
  const { out } = await platform.trii('portfolio', 'show', 'Apple and the index', '--as', 'bruno@demo.example', '--json');
  const { summary, history } = JSON.parse(out) as { summary: { name: string }; history: unknown[] };
  expect(summary.name).toBe('Apple and the index');
  expect(history).toHaveLength(1260);
});

test('a portfolio that is not there is an error that names those that are', async () => {
  const { code, err } = await platform.trii('portfolio', 'show', 'Long haul', '--as', 'bruno@demo.example');
  expect(code).toBe(1);
  expect(err).toContain('"Apple and the index"');
});

test("importing the demo's prices again changes nothing", async () => {
  const [tracker] = demoFiles;
  const { code, out } = await platform.trii('import', 'bars', tracker?.file ?? '', '--symbol', TRACKER, '--resolution', '1d', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ read: 5105, written: 0, unchanged: 5105, rejected: 0 });
});

test('trii job run asks the workers for snapshots and waits until nothing is due', async () => {
  const { code, out } = await platform.trii('job', 'run', 'snapshot-portfolios', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ pending: 0, relayed: 0, dead: 0, duePortfolios: 0 });
});

test('trii seed on a loaded platform leaves it as it is', async () => {
  const count = () =>
    connected(platform.urls.admin, async (database) => (await database.query<{ count: string }>('SELECT count(*) FROM postings')).rows);
  const before = await count();
  expect((await platform.trii('seed')).code).toBe(0);
  expect(await count()).toEqual(before);
});

test('trii instrument add lists what an import then takes; a second time it says that the symbol is taken', async () => {
  const add = () => platform.trii('instrument', 'add', 'ACME', '--name', 'Acme Corporation', '--json');
  const { code, out } = await add();
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    symbol: 'ACME',
    name: 'Acme Corporation',
    type: 'STOCK',
    exchangeCode: 'XNYS',
    currencyCode: 'USD',
  });
  const again = await add();
  expect(again.code).toBe(1);
  expect(again.err).toContain('SYMBOL_TAKEN');
});

test.each(['ana', 'bruno', 'carla'])(
  'hledger accepts the exported ledger of %s and comes to every balance that is stored',
  async (slug) => {
    const hledger = findHledger();
    const file = join(platform.dataDir, `${slug}.journal`);
    const portfolioId = await portfolioOf(await as(slug));
    const written = await platform.trii(
      'ledger',
      'export',
      portfolioId,
      '--as',
      `${slug}@demo.example`,
      '--format',
      'hledger',
      '--out',
      file,
    );
    expect(written).toMatchObject({ code: 0, err: '' });
    expect(hledger('-f', file, 'check', '--strict', 'ordereddates')).toEqual({ code: 0, out: '', err: '' });
    const rows = await connected(platform.urls.admin, async (database) => {
      const answer = await database.query<{ name: string; amount: string }>(
        `SELECT CASE account WHEN 'cash' THEN 'assets:cash' WHEN 'external' THEN 'equity:external' WHEN 'trading' THEN 'equity:trading' WHEN 'fees' THEN 'expenses:fees' END
         || ' ' || currency_code AS name, trim_scale(sum(amount))::text AS amount
       FROM postings WHERE portfolio_id = $1 AND currency_code IS NOT NULL AND account <> 'cash' GROUP BY account, currency_code
       UNION ALL SELECT 'equity:trading ' || i.symbol, trim_scale(sum(amount))::text FROM postings JOIN instruments i ON i.id = instrument_id
       WHERE portfolio_id = $1 AND account = 'trading' GROUP BY i.symbol
       UNION ALL SELECT 'assets:cash USD', trim_scale(cash_balance)::text FROM portfolios WHERE id = $1
       UNION ALL SELECT 'assets:holding ' || i.symbol, trim_scale(q.quantity)::text FROM positions q JOIN instruments i ON i.id = q.instrument_id WHERE q.portfolio_id = $1`,
        [portfolioId],
      );
      return answer.rows.filter(({ amount }) => amount !== '0');
    });
    const stored = Object.fromEntries(rows.map(({ name, amount }) => [name, amount]));
    expect(balancesOf(hledger, file)).toEqual(stored);
    expect(rows.length).toBeGreaterThan(4);

    const journal = readFileSync(file, 'utf8');
    const tampered = join(platform.dataDir, 'tampered.journal');
    // One line of a transaction; then both lines, so that only the balance at the end can tell; then a transaction that is gone.
    const deposit = /\n\S+ \* \(\S+\) DEPOSIT\n +assets:cash +(\S+) USD\n +equity:external +-\1 USD\n/;
    expect(journal).toMatch(deposit);
    for (const change of [
      (found: string, amount: string) => found.replace(` ${amount} USD`, ` ${amount}.00000001 USD`),
      (found: string, amount: string) => found.replaceAll(`${amount} USD`, `${amount}.00000001 USD`),
      () => '\n',
    ]) {
      writeFileSync(tampered, journal.replace(deposit, change));
      expect(hledger('-f', tampered, 'check').code).not.toBe(0);
    }
  },
);

test('trii ledger export writes CSV to the standard output, one record per posting', async () => {
  const { code, out } = await platform.trii('ledger', 'export', 'Apple and the index', '--as', 'bruno@demo.example', '--format', 'csv');
  expect(code).toBe(0);
  const lines = out.trim().split('\r\n');
  // Three movements of money of two lines, five trades of five.
  expect(lines).toHaveLength(1 + 3 * 2 + 5 * 5);
  expect(lines[1]).toMatch(/^[0-9a-f-]{36},1,2013-05-13,\d{4}-.*Z,DEPOSIT,cash,USD,,20000,/);
});

test('trii ledger explain follows an asset from its first entry to what is there now', async () => {
  const explained = (asset: string) =>
    platform.trii('ledger', 'explain', 'Apple and the index', asset, '--as', 'bruno@demo.example', '--json');
  const { entries } = JSON.parse((await explained('AAPL')).out) as { entries: { kind: string; available: string; reserved: string }[] };
  expect(entries.map(({ kind, available, reserved }) => [kind, available, reserved])).toEqual([
    ['BUY', '150', '0'],
    ['SELL', '75', '0'],
    ['BUY', '105', '0'],
  ]);
  const client = await as('bruno');
  const { cashBalance, positions } = await client.portfolio.summary.query({ portfolioId: await portfolioOf(client) });
  expect(entries.at(-1)).toMatchObject({ cost: positions.find(({ symbol }) => symbol === 'AAPL')?.costBasis });
  const cash = JSON.parse((await explained('USD')).out) as { entries: { available: string }[] };
  expect(cash.entries).toHaveLength(8);
  expect(cash.entries.at(-1)).toMatchObject({ available: cashBalance, cost: null });
  expect(await explained('MSFT')).toMatchObject({ code: 1, err: expect.stringContaining('No entry of') as string });
});

test('trii ledger check agrees, and a figure that is off by its last decimal makes it fail with both figures', async () => {
  const change = (by: string) =>
    connected(platform.urls.admin, (database) =>
      database.query(`UPDATE portfolios SET cash_balance = cash_balance ${by} 0.00000001 WHERE name = 'Savings plan'`),
    );
  expect(await platform.trii('ledger', 'check')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^3 portfolios agree with their \d+ postings\.\n$/) as string,
  });
  await change('+');
  const differs = await platform.trii('ledger', 'check');
  await change('-');
  expect(differs).toMatchObject({
    code: 1,
    out: expect.stringMatching(/cash_balance: stored [\d.]+1, by the postings [\d.]+\n1 figures of 3/) as string,
  });
  expect((await platform.trii('ledger', 'check', '--json')).code).toBe(0);
});
