import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  expectRefusal,
  investorActor,
  operatorActor,
  type CallAs,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { addDays, decimal, newId, parseLocalDate, seededRandom, startOfMonth, sumDecimals, toDecimalString } from '@trii/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';
import { ledgerDifferencesOf } from '../actions/actions.fixture.ts';
import { closeMonths, modelInterest, type ModelRate } from './accruals.fixture.ts';

let database: TestDatabase;
let platform: TestPlatform;
let operator: CallAs;

const rates: ModelRate[] = [
  {
    from: '2018-01-01',
    daysOfYear: 365,
    slices: [
      ['5000', '200'],
      [null, '100'],
    ],
  },
  { from: '2018-03-16', daysOfYear: 360, slices: [[null, '137.5']] },
];
const dayCounts: Readonly<Record<number, 'act/360' | 'act/365f'>> = { 360: 'act/360', 365: 'act/365f' };

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  operator = callAs(platform, operatorActor());
  await valueAt('2018-01-05');
  for (const { from, daysOfYear, slices } of rates)
    await setRate({ validFrom: from, dayCount: dayCounts[daysOfYear] ?? 'act/360', tiers: slices.map(([upTo, bps]) => ({ upTo, bps })) });
  for (const currency of ['EUR', 'GBP'])
    await setRate({ kind: 'ADVISORY_FEE', currency, validFrom: '2018-01-01', tiers: [{ upTo: null, bps: '120' }] });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const valueAt = (date: string) => operator(handlers.platform.setValuationDate, { date: parseLocalDate(date) });
const setRate = (given: Partial<typeof handlers.cash.setAccrualRate.declaration.example>) =>
  operator(handlers.cash.setAccrualRate, {
    kind: 'INTEREST',
    currency: 'USD',
    validFrom: '2018-01-01',
    dayCount: 'act/365f',
    tiers: [],
    ...given,
  });

async function investor(baseCurrency = 'USD') {
  const { id: userId } = await createUser(database);
  const call = callAs(platform, investorActor(userId));
  const { id: portfolioId } = await call(handlers.portfolio.open, { name: 'Savings', openedOn: '2018-01-02', baseCurrency });
  const move = (kind: 'deposit' | 'withdraw', amount: string, date: string) =>
    call(handlers.cash[kind], { portfolioId, amount, currency: baseCurrency, date });
  const accruals = async () => (await call(handlers.cash.accruals, { portfolioId })).items;
  const newest = async () => (await call(handlers.portfolio.activity, { portfolioId })).items[0];
  /** As the nightly run would write them: the value of a portfolio at the close of a day. */
  const worth = (values: Readonly<Record<string, string>>) =>
    platform.inspect(
      `INSERT INTO portfolio_snapshots (id, user_id, portfolio_id, snapshot_date, total_value, cash_balance, invested_amount, inflow, outflow, is_stale)
       SELECT gen_random_uuid(), $1, $2, v.day, v.worth, 0, 0, 0, 0, false FROM unnest($3::date[], $4::numeric[]) AS v (day, worth)`,
      [userId, portfolioId, Object.keys(values), Object.values(values)],
    );
  return { userId, portfolioId, call, move, accruals, newest, worth };
}

describe('interest', () => {
  test('of a month is posted once it is over, in whole cents, at the rate of each slice; the rest is carried', async () => {
    const { move, accruals, newest, call, portfolioId, userId } = await investor();
    await valueAt('2018-01-31');
    await move('deposit', '10000.00', '2018-01-10');
    // 10 to 30 January: 21 days of (5,000 x 2 % + 5,000 x 1 %) / 365 = 150 / 365.
    expect(await accruals()).toMatchObject([
      {
        kind: 'INTEREST',
        currency: 'USD',
        since: '2018-01-02',
        through: '2018-01-30',
        accrued: '8.630136986301369863',
        carried: '0',
        dayCount: 'act/365f',
      },
    ]);
    expect(await closeMonths(platform)).toBe(0);
    await valueAt('2018-02-08');
    expect(await closeMonths(platform)).toBe(1);
    // 22 days: 9.0410958904...
    expect(await newest()).toMatchObject({ kind: 'INTEREST', date: '2018-02-08', cash: '9.04', memo: 'INTEREST 2018-01-31' });
    // 7 days of February: 2.8767..., before anything of the 8th counts.
    expect(await accruals()).toMatchObject([
      {
        since: '2018-02-01',
        accrued: '2.876712328767123288',
        carried: '0.001095890410958904',
        postings: [{ through: '2018-01-31', amount: '9.04' }],
      },
    ]);
    const [told] = await platform.inspect<{ message: string }>('SELECT message FROM notifications WHERE user_id = $1', [userId]);
    expect(told?.message).toBe('Tu efectivo ganó 9.04 USD de intereses.');
    const { transactionId = '' } = (await newest()) ?? {};
    await expectRefusal(platform, () => call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'mine' }), {
      code: 'NOT_REVERSIBLE',
      details: { transactionId, kind: 'INTEREST' },
    });
  });

  test('is posted once, however often and by however many it is asked for', async () => {
    const { move, call, portfolioId } = await investor();
    await valueAt('2018-02-08');
    await move('deposit', '1000.00', '2018-01-10');
    await Promise.all([closeMonths(platform), closeMonths(platform), closeMonths(platform)]);
    await platform.executor.batch(systemHandlers.cash.postAccruals, {
      actor: systemActor('test'),
      origin: localOrigin(newId()),
      input: { shard: Number.parseInt(portfolioId.slice(-1), 16), runKey: newId(), through: '2018-01-31' },
    });
    const { items } = await call(handlers.portfolio.activity, { portfolioId });
    expect(items.map(({ kind, cash }) => `${kind} ${cash}`)).toEqual(['INTEREST 1.2', 'DEPOSIT 1000']);
  });

  test('of a deposit that is taken back later never was: the next months make up for it, and nothing is taken from the cash', async () => {
    const { move, accruals, call, portfolioId } = await investor();
    await valueAt('2018-02-08');
    await move('deposit', '1000.00', '2018-01-10');
    const { transactionId } = await move('deposit', '9000.00', '2018-01-10');
    await closeMonths(platform);
    await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'typed one zero too many' });
    // 22 and 7 days of 1,000 at 2 % in all, and 9.04 of January stands in the cash from the 8th on.
    await valueAt('2018-03-08');
    await closeMonths(platform);
    const [interest] = await accruals();
    expect(decimal(interest?.carried ?? '0').toNumber()).toBeCloseTo(((22 + 28) * 1000 * 0.02 + 21 * 9.04 * 0.02) / 365 - 9.04, 9);
    expect(interest?.postings).toMatchObject([{ amount: '0', transactionId: null }, { amount: '9.04' }]);
  });
});

describe('an advisory fee', () => {
  // 10,000 on the 29th, 20,000 on the 30th and the 31st: 50,000 x 1.2 % / 365 = 1.6438...
  const values = { '2018-01-29': '10000', '2018-01-30': '20000' };

  test('is taken of what the portfolio was worth each day, and a day without a session counts the one before', async () => {
    const { move, newest, worth, accruals } = await investor('EUR');
    await valueAt('2018-02-08');
    await move('deposit', '100.00', '2018-01-10');
    await worth(values);
    await closeMonths(platform);
    expect(await newest()).toMatchObject({ kind: 'FEE', cash: '-1.64', fees: '1.64', memo: 'ADVISORY_FEE 2018-01-31' });
    expect(await accruals()).toMatchObject([{ kind: 'ADVISORY_FEE', currency: 'EUR', unpaid: '0', postings: [{ amount: '1.64' }] }]);
  });

  test('takes no more than the available cash; what is unpaid stays due and is shown', async () => {
    const { move, newest, worth, accruals, call, portfolioId } = await investor('GBP');
    await valueAt('2018-02-08');
    await move('deposit', '3.00', '2018-01-10');
    await call(handlers.portfolio.placeHold, { portfolioId, currency: 'GBP', amount: '2.00', reason: 'rent' });
    await worth(values);
    await closeMonths(platform);
    expect(await newest()).toMatchObject({ kind: 'FEE', cash: '-1' });
    expect(await accruals()).toMatchObject([{ unpaid: '0.64', carried: expect.stringMatching(/^0\.643835/) }]);
    await move('deposit', '100.00', '2018-02-08');
    await valueAt('2018-03-08');
    await closeMonths(platform);
    // (50,000 + 28 x 20,000) x 1.2 % / 365 = 20.0547... in all, of which 1.00 is paid.
    expect(await newest()).toMatchObject({ kind: 'FEE', cash: '-19.05' });
    expect(await accruals()).toMatchObject([{ unpaid: '0' }]);
  });

  test('taken too much is given back with the next month', async () => {
    const { move, newest, worth, userId } = await investor('EUR');
    await valueAt('2018-02-08');
    await move('deposit', '100.00', '2018-01-10');
    await worth(values);
    await closeMonths(platform);
    // The price was wrong: the snapshots are written anew.
    await platform.inspect('UPDATE portfolio_snapshots SET total_value = 10 WHERE user_id = $1', [userId]);
    await valueAt('2018-03-08');
    await closeMonths(platform);
    // 31 days of 10 are 0.0101...: of 1.64 there is 1.6298 too much.
    expect(await newest()).toMatchObject({ kind: 'FEE', cash: '1.62', fees: '-1.62' });
    const [told] = await platform.inspect<{ title: string }>('SELECT title FROM notifications WHERE user_id = $1 ORDER BY id DESC', [
      userId,
    ]);
    expect(told).toEqual({ title: 'Comisión de asesoría devuelta' });
  });
});

test('a month waits some days for the snapshots of its last session', async () => {
  const { move, newest, portfolioId } = await investor();
  await valueAt('2018-02-01');
  await move('deposit', '1000.00', '2018-01-10');
  await closeMonths(platform);
  expect(await newest()).toMatchObject({ kind: 'DEPOSIT' });
  await platform.inspect(`UPDATE portfolios SET snapshots_through = '2018-01-31', snapshots_dirty_from = NULL WHERE id = $1`, [
    portfolioId,
  ]);
  await closeMonths(platform);
  expect(await newest()).toMatchObject({ kind: 'INTEREST', date: '2018-02-01', cash: '1.2' });
});

test('rates of a month that is posted are closed, and slices must ascend', async () => {
  await expectRefusal(platform, () => setRate({ validFrom: '2018-01-31', tiers: [{ upTo: '5', bps: '1' }] }), {
    code: 'INVALID_INPUT',
    details: {
      issues: [
        { path: 'validFrom', problem: expect.stringMatching(/^after 2018-0\d-\d\d, up to which is posted$/) },
        { path: 'tiers.0.upTo', problem: 'null, since the last slice has no end' },
      ],
    },
  });
});

test('another investor is told nothing of them', async () => {
  const { portfolioId } = await investor();
  const { call } = await investor();
  await expect(call(handlers.cash.accruals, { portfolioId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

/** Every move of a portfolio's cash that still stands, as the ledger lists them. */
const standingMoves = (portfolioId: string) =>
  platform.inspect<{ date: string; amount: string }>(
    `SELECT effective_date::text AS date, amount::text FROM postings l WHERE portfolio_id = $1 AND account = 'cash' AND reverses_transaction_id IS NULL
       AND NOT EXISTS (SELECT FROM postings r WHERE r.reverses_transaction_id = l.transaction_id)`,
    [portfolioId],
  );

test('whatever comes late or is taken back, what was posted and what is carried are what the days add up to', async () => {
  const random = seededRandom(20_261_124);
  await valueAt('2018-01-05');
  const savers = await Promise.all(Array.from({ length: 8 }, () => investor()));
  const taken = new Map<string, string[]>();
  for (const month of ['2018-01', '2018-02', '2018-03', '2018-04', '2018-05']) {
    await valueAt(`${month}-28`);
    for (const { portfolioId, userId, call } of savers) {
      const ids = taken.get(portfolioId) ?? [];
      for (let n = random.integer(0, 3); n > 0; n -= 1) {
        // Any day since the opening: entries of other areas may be dated into closed months.
        const date = addDays(parseLocalDate('2018-01-02'), random.integer(0, (Number(month.slice(-2)) - 1) * 30 + 20));
        const amount = `${random.integer(1, 900_000) / 100}`;
        ids.push(await deposit(database, { id: portfolioId, userId }, { amount, date }));
      }
      const mistake = random.integer(0, 2) === 0 ? ids.splice(0, 1)[0] : undefined;
      if (mistake !== undefined) await call(handlers.portfolio.reverseEntry, { portfolioId, transactionId: mistake, reason: 'mistake' });
      taken.set(portfolioId, ids);
    }
    const end = addDays(parseLocalDate(`${month}-28`), 10);
    await valueAt(end);
    const moves = new Map(
      await Promise.all(savers.map(async ({ portfolioId }) => [portfolioId, await standingMoves(portfolioId)] as const)),
    );
    await closeMonths(platform);
    const through = addDays(startOfMonth(end), -1);
    for (const { portfolioId } of savers) {
      const rows = await platform.inspect<{ accrued: string; posted: string; carry: string }>(
        'SELECT accrued::text, posted::text, carry::text FROM cash_accruals WHERE portfolio_id = $1 ORDER BY posted_through',
        [portfolioId],
      );
      const last = rows.at(-1);
      if (last === undefined) continue;
      const posted = sumDecimals(rows.map((row) => decimal(row.posted)));
      expect(toDecimalString(posted.plus(decimal(last.carry)))).toBe(toDecimalString(decimal(last.accrued)));
      expect(toDecimalString(decimal(last.accrued))).toBe(modelInterest(moves.get(portfolioId) ?? [], rates, through));
    }
  }
  expect(await ledgerDifferencesOf(platform)).toBe(0);
});
