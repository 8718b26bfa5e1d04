import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import type { ClientBase } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSubjects } from './subjects.fixture.ts';
import type { Subjects } from './subjects.fixture.ts';

// What does not show a row and might yet tell of it: docs/ROW-LEVEL-SECURITY.md lists what each of these lets out.
let database: TestDatabase;
let subjects: Subjects;
beforeAll(async () => {
  database = await createTestDatabase();
  subjects = await writeSubjects(database);
});
afterAll(() => database.close());

const SERVING = ['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role'] as const;
const asAda = <T>(work: (client: ClientBase) => Promise<T>) =>
  database.as({ role: 'authenticated_user', userId: subjects.ada.userId }, work);
const asBob = <T>(work: (client: ClientBase) => Promise<T>) =>
  database.as({ role: 'authenticated_user', userId: subjects.bob.userId }, work);
const inspect = async <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  (await withClient(database.urls.admin, (admin) => admin.query<Row>(sql, [...values]))).rows;

interface Refusal {
  readonly code?: string;
  readonly constraint?: string;
  readonly message: string;
  readonly detail?: string;
}

/** How the statement fails, with the ids that went in taken out of what it says. */
async function refusal(run: Promise<unknown>, ids: readonly string[]): Promise<Refusal> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the statement was carried out');
  const { code, constraint, detail } = error as Error & Partial<Refusal>;
  const blind = (text: string | undefined): string => ids.reduce((shown, id) => shown.replaceAll(id, '…'), text ?? '');
  return { ...(code && { code }), ...(constraint && { constraint }), message: blind(error.message), detail: blind(detail) };
}

const HOLD =
  "INSERT INTO holds (id, user_id, portfolio_id, currency_code, amount, reason) VALUES (gen_random_uuid(), $1, $2, 'USD', 5, 'x')";
const TRADE = `INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, trade_type, order_type, quantity)
  VALUES (gen_random_uuid(), $1, $2, $3, gen_random_uuid()::text, 'BUY', 'MARKET', 1)`;
const FILL = `INSERT INTO fills (id, user_id, portfolio_id, trade_id, quantity, price, filled_at) VALUES (gen_random_uuid(), $1, $2, $3, 1, 1, now())`;
const POSTINGS = `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
  SELECT gen_random_uuid(), $3, line, $1, $2, account::ledger_account, 'USD', amount, 'DEPOSIT', '2026-01-20'
  FROM (VALUES (1, 'cash', 5), (2, 'external', -5)) AS l (line, account, amount)`;

describe('a foreign key is checked past row-level security', () => {
  const portfolioOf = { theirs: () => subjects.bob.portfolioId, none: () => newId() };
  test.each<readonly [table: string, statement: string, more: () => unknown[]]>([
    ['holds', HOLD, () => []],
    ['trades', TRADE, () => [subjects.ada.instrumentId]],
    ['fills', FILL, () => [subjects.ada.tradeId]],
    ['postings', POSTINGS, () => [newId()]],
  ])("%s: another's portfolio is refused exactly as one that does not exist", async (_table, statement, more) => {
    const attempt = (portfolioId: string) => asAda((client) => client.query(statement, [subjects.ada.userId, portfolioId, ...more()]));
    const [theirs, none] = [portfolioOf.theirs(), portfolioOf.none()];
    const answer = await refusal(attempt(theirs), [theirs, none]);
    expect(answer).toEqual(await refusal(attempt(none), [theirs, none]));
    expect(answer.code).toBe('23503');
    await attempt(subjects.ada.portfolioId);
  });

  test("a fill of another's trade is refused exactly as one of no trade", async () => {
    const attempt = (tradeId: string) => asAda((client) => client.query(FILL, [subjects.ada.userId, subjects.ada.portfolioId, tradeId]));
    const [theirs, none] = [subjects.bob.tradeId, newId()];
    expect(await refusal(attempt(theirs), [theirs, none])).toEqual(await refusal(attempt(none), [theirs, none]));
    await attempt(subjects.ada.tradeId);
  });

  test('every foreign key of a tenant table to another tenant table names the investor as well, or is to users', async () => {
    const found = await inspect<{ key: string }>(
      `SELECT conrelid::regclass || ': ' || pg_get_constraintdef(k.oid) AS key FROM pg_constraint k
       WHERE contype = 'f' AND conparentid = 0 AND confrelid <> 'users'::regclass
         AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'user_id')
         AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'user_id' AND a.attnum = ANY (k.confkey))`,
    );
    expect(found).toEqual([]);
  });
});

describe('a unique key is checked past row-level security', () => {
  test("taking another's id tells that it is taken, and no more: an id cannot be guessed", async () => {
    const attempt = (id: string) =>
      asAda((client) =>
        client.query("INSERT INTO portfolios (id, user_id, name, opened_on) VALUES ($1, $2, 'x', '2026-01-01')", [id, subjects.ada.userId]),
      );
    const answer = await refusal(attempt(subjects.bob.portfolioId), [subjects.bob.portfolioId]);
    expect(answer).toMatchObject({ code: '23505', constraint: 'portfolios_pkey' });
    // PostgreSQL leaves the DETAIL out where row-level security holds.
    expect(answer.detail).toBe('');
    await attempt(newId());
  });

  test("a conflict with another's row neither changes nor shows it", async () => {
    const upsert = `INSERT INTO user_preferences (user_id, preferred_language) VALUES ($1, 'xx')
      ON CONFLICT (user_id) DO UPDATE SET preferred_language = 'xx' RETURNING user_id`;
    expect((await asAda((client) => client.query(upsert, [subjects.ada.userId]))).rowCount).toBe(1);
    await expect(asAda((client) => client.query(upsert, [subjects.bob.userId]))).rejects.toMatchObject({ code: '42501' });
    const takeover = `INSERT INTO holds (id, user_id, portfolio_id, currency_code, amount, reason) VALUES ($1, $2, $3, 'USD', 5, 'x')
      ON CONFLICT (id) DO UPDATE SET status = 'RELEASED' RETURNING id`;
    const [hold] = await inspect<{ id: string }>('SELECT id FROM holds WHERE user_id = $1', [subjects.bob.userId]);
    await expect(
      asAda((client) => client.query(takeover, [hold?.id, subjects.ada.userId, subjects.ada.portfolioId])),
    ).rejects.toMatchObject({ code: '42501' });
    expect((await asBob((client) => client.query(takeover, [hold?.id, subjects.bob.userId, subjects.bob.portfolioId]))).rowCount).toBe(1);
  });

  test("a client's order id and an idempotency key are each investor's own", async () => {
    const trade = (userId: string, portfolioId: string) => (client: ClientBase) =>
      client.query(
        `INSERT INTO trades (id, user_id, portfolio_id, instrument_id, order_id, client_order_id, trade_type, order_type, quantity)
         VALUES (gen_random_uuid(), $1, $2, $3, gen_random_uuid()::text, 'mine-1', 'BUY', 'MARKET', 1)`,
        [userId, portfolioId, subjects.ada.instrumentId],
      );
    await asBob(trade(subjects.bob.userId, subjects.bob.portfolioId));
    expect((await asAda(trade(subjects.ada.userId, subjects.ada.portfolioId))).rowCount).toBe(1);
  });

  test("a row cannot take the turn of another investor's transaction: its reversal stays possible", async () => {
    const [entry] = await inspect<{ transaction_id: string }>('SELECT transaction_id FROM postings WHERE user_id = $1 LIMIT 1', [
      subjects.bob.userId,
    ]);
    const reverse = (userId: string, portfolioId: string) => (client: ClientBase) =>
      client.query(
        `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date, reverses_transaction_id)
         SELECT gen_random_uuid(), $3, line, $1, $2, account::ledger_account, 'USD', amount, 'REVERSAL', '2026-01-20', $4
         FROM (VALUES (1, 'cash', 5), (2, 'external', -5)) AS l (line, account, amount)`,
        [userId, portfolioId, newId(), entry?.transaction_id],
      );
    await asAda(reverse(subjects.ada.userId, subjects.ada.portfolioId));
    expect((await asBob(reverse(subjects.bob.userId, subjects.bob.portfolioId))).rowCount).toBe(2);
  });
});

describe('statistics and plans', () => {
  test.each(SERVING)('%s sees no statistics of tenant tables, where values of rows stand', async (role) => {
    const looked = `SELECT count(*)::int AS n FROM pg_stats WHERE schemaname = 'public'
      AND tablename IN ('users', 'portfolios', 'positions', 'trades', 'postings', 'holds', 'audit_logs', 'notifications') AND most_common_vals IS NOT NULL`;
    await inspect(
      'INSERT INTO notifications (id, user_id, type, title, message) SELECT gen_random_uuid(), $1, $2, $3, $3 FROM generate_series(1, 50)',
      [subjects.bob.userId, 'CASH', 'secret of Bob'],
    );
    await inspect('ANALYZE notifications');
    expect((await inspect<{ n: number }>(looked))[0]?.n).toBeGreaterThan(0);
    const { rows } = await database.as({ role, userId: subjects.ada.userId }, (client) => client.query<{ n: number }>(looked));
    expect(rows).toEqual([{ n: 0 }]);
  });

  test("a condition that fails on another's row is never asked of it", async () => {
    await inspect("UPDATE portfolios SET description = 'seven77' WHERE id = $1", [subjects.bob.portfolioId]);
    const divides = "SELECT id FROM portfolios WHERE 1 / (length(description) - 7) <> 0 OR description <> ''";
    expect((await asAda((client) => client.query(divides))).rowCount).toBe(1);
    await expect(asBob((client) => client.query(divides))).rejects.toMatchObject({ code: '22012' });
  });

  test('a plan prepared for one investor serves the next on the same connection with their own rows', async () => {
    await withClient(database.urls.api, async (client) => {
      const seenBy = async (userId: string | null): Promise<string[]> => {
        await client.query(`BEGIN; SET LOCAL ROLE authenticated_user; SET LOCAL app.user_id = '${userId ?? ''}'`);
        const { rows } = await client.query<{ user_id: string }>({
          name: 'owners',
          text: 'SELECT DISTINCT user_id FROM positions',
          values: [],
        });
        await client.query('COMMIT');
        return rows.map((row) => row.user_id);
      };
      // Beyond five executions PostgreSQL may keep one plan for good.
      for (let round = 0; round < 8; round += 1) {
        expect(await seenBy(subjects.ada.userId)).toEqual([subjects.ada.userId]);
        expect(await seenBy(subjects.bob.userId)).toEqual([subjects.bob.userId]);
        expect(await seenBy(null)).toEqual([]);
      }
    });
  });

  test.each(SERVING)('%s cannot switch row-level security off for itself', async (role) => {
    const off = database.as({ role, userId: subjects.ada.userId }, async (client) => {
      await client.query('SET LOCAL row_security = off');
      return client.query('SELECT id FROM public.portfolios');
    });
    await expect(off).rejects.toMatchObject({ code: '42501' });
  });
});

describe('what else a connection can reach', () => {
  test.each(SERVING)('%s reads no sequence, which would count the events of everybody', async (role) => {
    const sequences = await inspect<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
    );
    expect(sequences.map(({ name }) => name)).toContain('outbox_sequence_seq');
    for (const { name } of sequences) {
      expect((await inspect(`SELECT last_value FROM public.${name}`)).length).toBe(1);
      for (const sql of [
        `SELECT last_value FROM public.${name}`,
        `SELECT nextval('public.${name}')`,
        `SELECT setval('public.${name}', 1)`,
      ]) {
        await expect(database.as({ role, userId: null }, (client) => client.query(sql))).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  test('there are no large objects, which know no row-level security', async () => {
    expect(await inspect('SELECT oid FROM pg_largeobject_metadata')).toEqual([]);
    await expect(asAda((client) => client.query('SELECT * FROM pg_largeobject'))).rejects.toMatchObject({ code: '42501' });
  });

  test.each(['anonymous_role', 'authenticated_user', 'admin_role'] as const)(
    '%s makes no temporary table, which would stay on the connection for the next user',
    async (role) => {
      const keep = (client: ClientBase) => client.query('CREATE TEMPORARY TABLE kept (n int) ON COMMIT DROP');
      await expect(database.as({ role, userId: subjects.ada.userId }, keep)).rejects.toMatchObject({ code: '42501' });
      await database.as({ role: 'worker_role', userId: null }, keep);
    },
  );

  test('an investor sees no statement of another connection', async () => {
    await withClient(database.urls.api, async (other) => {
      await other.query("SELECT 'statement of Bob'");
      const look =
        "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%statement of Bob%'";
      expect((await inspect(look)).length).toBe(1);
      expect((await asAda((client) => client.query(look))).rows).toEqual([]);
    });
  });

  test.each(SERVING)('%s creates nothing in a schema that others use', async (role) => {
    const create = (client: ClientBase) => client.query('CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 $$');
    await expect(database.as({ role, userId: null }, create)).rejects.toMatchObject({ code: '42501' });
    await withClient(database.urls.owner, async (owner) => {
      await owner.query('BEGIN');
      await create(owner);
      await owner.query('ROLLBACK');
    });
  });
});
