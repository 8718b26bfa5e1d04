import { callAs, createTestDatabase, createTestPlatform, createUser, expectRefusal, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers } from '../handlers.ts';

const { open, list } = handlers.portfolio;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let call: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
});
beforeEach(async () => {
  userId = (await createUser(database)).id;
  call = callAs(platform, investorActor(userId));
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

describe('a portfolio that is opened', () => {
  test('belongs to the caller, is active, empty and kept in dollars from the valuation date on, unless said otherwise', async () => {
    const opened = await call(open, { name: '  Retirement ' });
    expect(opened).toEqual({
      id: expect.any(String),
      name: 'Retirement',
      description: null,
      baseCurrency: 'USD',
      status: 'ACTIVE',
      openedOn: '2018-05-25',
    });
    const [row] = await platform.inspect('SELECT user_id, cash_balance, invested_amount, last_entry_date FROM portfolios WHERE id = $1', [
      opened.id,
    ]);
    expect(row).toEqual({ user_id: userId, cash_balance: '0.00000000', invested_amount: '0.00000000', last_entry_date: null });
  });

  test('may have been opened in the past, in another currency, for a reason', async () => {
    const input = { name: 'Casa', description: 'for a house', baseCurrency: 'COP', openedOn: '1990-01-01' };
    expect(await call(open, input)).toMatchObject({ ...input, status: 'ACTIVE' });
  });

  test('is audited with its id and told as an event, without its name', async () => {
    const { id } = await call(open, { name: 'A secret plan' });
    const [audit] = await platform.inspect('SELECT entity_id, outcome, new_values FROM audit_logs WHERE user_id = $1', [userId]);
    expect(audit).toEqual({ entity_id: id, outcome: 'ok', new_values: { baseCurrency: 'USD', openedOn: '2018-05-25' } });
    const events = await platform.inspect('SELECT name, payload FROM outbox WHERE user_id = $1', [userId]);
    expect(events).toEqual([{ name: 'portfolio.PortfolioOpened', payload: { portfolioId: id } }]);
  });

  test('cannot be opened after the valuation date', () =>
    expectRefusal(platform, () => call(open, { name: 'Tomorrow', openedOn: '2018-05-26' }), {
      code: 'DATE_IN_FUTURE',
      details: { date: '2018-05-26', valuationDate: '2018-05-25' },
    }));

  test('cannot be opened before the sessions of any exchange are known', () =>
    expectRefusal(platform, () => call(open, { name: 'Grandfather', openedOn: '1989-12-31' }), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'openedOn', problem: 'a date from 1990-01-01 on' }] },
    }));

  test('is kept in a currency that exists', () =>
    expectRefusal(platform, () => call(open, { name: 'Sealand', baseCurrency: 'XYZ' }), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'baseCurrency', problem: 'an active currency of ISO 4217 such as "USD"' }] },
    }));
});

describe('the list of portfolios', () => {
  test("has one's own, newest first, and nobody else's", async () => {
    expect(await call(list, {})).toEqual({ items: [] });
    const first = await call(open, { name: 'First' });
    const second = await call(open, { name: 'Second' });
    const stranger = callAs(platform, investorActor((await createUser(database)).id));
    await stranger(open, { name: 'Not yours' });
    expect(await call(list, {})).toEqual({ items: [second, first] });
  });

  test('ends at two hundred', async () => {
    await database.as({ role: 'authenticated_user', userId }, (client) =>
      client.query(
        `INSERT INTO portfolios (id, user_id, name, opened_on) SELECT gen_random_uuid(), $1, 'Many', '2018-01-02' FROM generate_series(1, 201)`,
        [userId],
      ),
    );
    expect((await call(list, {})).items).toHaveLength(200);
  });
});
