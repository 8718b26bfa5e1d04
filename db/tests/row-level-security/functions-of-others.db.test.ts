import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functions } from './expected-functions.fixture.ts';
import { SESSIONS } from './sessions.fixture.ts';
import { writeSubjects } from './subjects.fixture.ts';
import type { Subjects } from './subjects.fixture.ts';

// Functions that run as definer_role, or over tenant tables, given what belongs to others.
let database: TestDatabase;
let subjects: Subjects;
beforeAll(async () => {
  database = await createTestDatabase();
  subjects = await writeSubjects(database);
});
afterAll(() => database.close());

const anonymous = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await database.as({ role: 'anonymous_role', userId: null }, (client) => client.query<Row>(sql, [...values]))).rows;
const inspect = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await withClient(database.urls.admin, (admin) => admin.query<Row>(sql, [...values]))).rows;

test('every expected function says what it lets out', () => {
  for (const { letsOut } of Object.values(functions)) expect(letsOut.length).toBeGreaterThan(15);
});

describe('sign_in_lookup', () => {
  const look = 'SELECT user_id FROM sign_in_lookup($1)';

  test('finds the account of exactly that address, whatever its case', async () => {
    const email = `${subjects.ada.userId}@EXAMPLE.com`;
    expect(await anonymous(look, [email])).toEqual([{ user_id: subjects.ada.userId }]);
  });

  test.each(['%', '%@example.com', '', ' ', "' OR true --", null])('finds nobody by %j', async (email) => {
    expect(await anonymous(look, [email])).toEqual([]);
  });
});

describe('resume_session', () => {
  const look = 'SELECT user_id FROM resume_session($1, now())';
  const hashOf = async (userId: string): Promise<string> =>
    (await inspect<{ session_token: string }>('SELECT session_token FROM user_sessions WHERE user_id = $1', [userId]))[0]?.session_token ??
    '';

  test('finds the one session with that hash', async () => {
    expect(await anonymous(look, [await hashOf(subjects.ada.userId)])).toEqual([{ user_id: subjects.ada.userId }]);
  });

  test.each(['%', 'hash %', '', null])('finds nobody by %j', async (hash) => {
    expect(await anonymous(look, [hash])).toEqual([]);
  });

  test.each([
    [
      'ended',
      'UPDATE user_sessions SET is_active = false WHERE user_id = $1',
      'UPDATE user_sessions SET is_active = true WHERE user_id = $1',
    ],
    [
      'expired',
      "UPDATE user_sessions SET expires_at = created_at + interval '1 microsecond' WHERE user_id = $1",
      "UPDATE user_sessions SET expires_at = '2999-01-01' WHERE user_id = $1",
    ],
    ['of a closed account', 'UPDATE users SET is_active = false WHERE id = $1', 'UPDATE users SET is_active = true WHERE id = $1'],
  ])('finds nobody by a session that is %s', async (_what, change, undo) => {
    const hash = await hashOf(subjects.bob.userId);
    await inspect(change, [subjects.bob.userId]);
    expect(await anonymous(look, [hash])).toEqual([]);
    await inspect(undo, [subjects.bob.userId]);
    expect(await anonymous(look, [hash])).toEqual([{ user_id: subjects.bob.userId }]);
  });
});

describe('use_api_key', () => {
  const use = 'SELECT user_id, permissions FROM use_api_key($1, now())';
  const hashOf = async (userId: string): Promise<string> =>
    (await inspect<{ key_hash: string }>('SELECT key_hash FROM api_keys WHERE user_id = $1', [userId]))[0]?.key_hash ?? '';
  const set = (change: string, userId: string) => inspect(`UPDATE api_keys SET ${change} WHERE user_id = $1 RETURNING id`, [userId]);

  test('finds the one key with that hash, if it counts', async () => {
    const { userId } = subjects.ada;
    const hash = await hashOf(userId);
    expect(await anonymous(use, [hash])).toEqual([]);
    await set('revoked_at = NULL', userId);
    expect(await anonymous(use, [hash])).toEqual([{ user_id: userId, permissions: ['read'] }]);
    await set("expires_at = created_at + interval '1 second'", userId);
    expect(await anonymous(use, [hash])).toEqual([]);
  });

  test.each(['%', 'hash %', '', null])('finds nobody by %j', async (hash) => {
    expect(await anonymous(use, [hash])).toEqual([]);
  });
});

test('second_factor_key tells of one account alone, and opens nothing', async () => {
  const look = 'SELECT octet_length(wrapped_key) AS bytes FROM second_factor_key($1)';
  expect(await anonymous(look, [subjects.ada.userId])).toHaveLength(1);
  expect(await anonymous(look, [newId()])).toEqual([]);
  expect(await anonymous(look, [null])).toEqual([]);
});

test('reset_second_factor takes off that person’s alone', async () => {
  const left = () => inspect('SELECT user_id FROM totp_factors WHERE user_id = ANY ($1)', [[subjects.ada.userId, subjects.bob.userId]]);
  expect(await left()).toHaveLength(2);
  await database.as({ role: 'admin_role', userId: null }, (client) =>
    client.query('SELECT reset_second_factor($1)', [subjects.ada.userId]),
  );
  expect(await left()).toEqual([{ user_id: subjects.bob.userId }]);
});

describe('register_user', () => {
  const register = "SELECT register_user($1, $2, 'hash', NULL, NULL, 'CO', 'UTC', gen_random_uuid(), 'wrapped', 'm1')";

  test("neither another's id nor another's address gets at their account", async () => {
    const before = await inspect('SELECT * FROM users WHERE id = $1', [subjects.ada.userId]);
    const email = `${subjects.ada.userId}@example.com`;
    await expect(anonymous(register, [subjects.ada.userId, 'eve@example.com'])).rejects.toMatchObject({ constraint: 'users_pkey' });
    await expect(anonymous(register, [newId(), email.toUpperCase()])).rejects.toMatchObject({ constraint: 'users_email_key' });
    expect(await inspect('SELECT * FROM users WHERE id = $1', [subjects.ada.userId])).toEqual(before);
    await anonymous(register, [newId(), 'eve@example.com']);
  });

  test('makes an account without any right, not yet known and not yet verified', async () => {
    const id = newId();
    await anonymous(register, [id, 'mallory@example.com']);
    expect(await inspect('SELECT kyc_status, operator_scopes, email_verified FROM users WHERE id = $1', [id])).toEqual([
      { kyc_status: 'PENDING', operator_scopes: [], email_verified: false },
    ]);
  });
});

describe('what opens nobody', () => {
  const worker = async (sql: string, values: readonly unknown[]) =>
    (await database.as({ role: 'worker_role', userId: null }, (client) => client.query<Record<string, unknown>>(sql, [...values]))).rows;
  const keyOf = (userId: string) => inspect('SELECT * FROM person_keys WHERE user_id = $1', [userId]);

  test('a person who has a key gets no other, whoever asks', async () => {
    const before = await keyOf(subjects.ada.userId);
    expect(await worker("SELECT give_person_key($1, gen_random_uuid(), 'mine', 'm') AS given", [subjects.ada.userId])).toEqual([
      { given: false },
    ]);
    expect(await keyOf(subjects.ada.userId)).toEqual(before);
  });

  test('people without a key are told by their ids, and a phone number is not indexed without its key', async () => {
    const [row] = await worker("SELECT * FROM people_without_key('00000000-0000-0000-0000-000000000000', 1) AS id", []);
    expect(Object.keys(row ?? { id: '' })).toEqual(['id']);
    await expect(worker('SELECT reindex_person($1)', [subjects.ada.userId])).rejects.toMatchObject({ code: 'TR030' });
  });

  test('who holds something is not erased, and somebody unknown is said to be', async () => {
    const erase = (userId: string) =>
      database.as(
        { role: 'admin_role', userId: null },
        async (client) => (await client.query<{ outcome: string }>('SELECT erase_person($1) AS outcome', [userId])).rows,
      );
    const before = await inspect('SELECT * FROM users WHERE id = $1', [subjects.ada.userId]);
    expect(await erase(subjects.ada.userId)).toEqual([{ outcome: 'holds' }]);
    expect(await erase(newId())).toEqual([{ outcome: 'unknown' }]);
    expect(await inspect('SELECT * FROM users WHERE id = $1', [subjects.ada.userId])).toEqual(before);
  });
});

describe('append_audit', () => {
  test('adds a row and shows, changes and removes none', async () => {
    const count = 'SELECT count(*)::int AS n FROM audit_logs WHERE user_id = $1';
    const [before] = await inspect<{ n: number }>(count, [subjects.ada.userId]);
    const appended = await anonymous(
      `SELECT append_audit($1, $2, 'USER', $2, 'UPDATE', NULL, NULL, NULL, NULL, NULL, 'anonymous', 'identity.signIn', 'refused', 'r') AS answer`,
      [newId(), subjects.ada.userId],
    );
    expect(appended).toEqual([{ answer: null }]);
    expect(await inspect(count, [subjects.ada.userId])).toEqual([{ n: (before?.n ?? 0) + 1 }]);
    const [row] = await inspect<{ id: string; created_at: string }>(
      'SELECT id, created_at::text FROM audit_logs WHERE user_id = $1 LIMIT 1',
      [subjects.ada.userId],
    );
    const again = anonymous(
      `SELECT append_audit($1, $2, 'USER', $2, 'UPDATE', NULL, NULL, NULL, NULL, $3::timestamptz, 'anonymous', 'x', 'ok', 'r')`,
      [row?.id, subjects.bob.userId, row?.created_at],
    );
    await expect(again).rejects.toMatchObject({ code: '23505' });
  });
});

describe('apply_postings', () => {
  const entry = (userId: string, portfolioId: string, as: string) =>
    database.as({ role: 'authenticated_user', userId: as }, (client) =>
      client.query(
        `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
         SELECT gen_random_uuid(), $3, line, $1, $2, account::ledger_account, 'USD', amount, 'DEPOSIT', '2026-01-20'
         FROM (VALUES (1, 'cash', 1000), (2, 'external', -1000)) AS l (line, account, amount)`,
        [userId, portfolioId, newId()],
      ),
    );
  const balances = () => inspect('SELECT id, cash_balance FROM portfolios ORDER BY id');

  test("moves no balance by postings in another's name or to another's portfolio", async () => {
    const { ada, bob } = subjects;
    const before = await balances();
    await expect(entry(bob.userId, bob.portfolioId, ada.userId)).rejects.toMatchObject({ code: '42501' });
    await expect(entry(ada.userId, bob.portfolioId, ada.userId)).rejects.toMatchObject({ code: '23503' });
    expect(await balances()).toEqual(before);
    await entry(ada.userId, ada.portfolioId, ada.userId);
    expect(await balances()).not.toEqual(before);
  });

  test('cannot be called', async () => {
    for (const role of ['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role'] as const) {
      const call = database.as({ role, userId: subjects.ada.userId }, (client) => client.query('SELECT public.apply_postings()'));
      await expect(call).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('calculate_portfolio_performance', () => {
  const figures = (userId: string | null) =>
    database.as({ role: 'authenticated_user', userId }, async (client) => {
      const { rows } = await client.query<{ total_return: string | null }>(
        "SELECT total_return FROM calculate_portfolio_performance($1, '2020-01-01', '2020-12-31')",
        [subjects.ada.portfolioId],
      );
      return rows;
    });

  test("of another's portfolio says what it says of none", async () => {
    expect(await figures(subjects.ada.userId)).toEqual([{ total_return: expect.stringMatching(/^0\.01/) as string }]);
    expect(await figures(subjects.bob.userId)).toEqual([{ total_return: null }]);
    expect(await figures(null)).toEqual([{ total_return: null }]);
  });
});

test('maintain_partitions tells a number, to the worker alone', async () => {
  const call = 'SELECT public.maintain_partitions() AS made';
  for (const role of ['anonymous_role', 'authenticated_user', 'admin_role'] as const) {
    await expect(database.as({ role, userId: null }, (client) => client.query(call))).rejects.toMatchObject({ code: '42501' });
  }
  const { rows } = await database.as({ role: 'worker_role', userId: null }, (client) => client.query<{ made: number }>(call));
  expect(rows).toEqual([{ made: expect.any(Number) as number }]);
});

test('sessions of the matrix name every way that app.user_id can be wrong', () => {
  expect(new Set(SESSIONS.map(({ names }) => names))).toEqual(new Set(['owner', 'other', null, 'empty', 'malformed']));
});
