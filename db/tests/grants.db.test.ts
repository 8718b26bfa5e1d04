import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const rows = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows);

const SERVING = ['anonymous_role', 'authenticated_user', 'admin_role', 'worker_role'];
const LOGINS = ['trii_api', 'trii_operator', 'trii_worker'];
const MONEY = {
  portfolios: ['cash_balance', 'reserved_cash', 'invested_amount', 'realized_pnl', 'last_entry_date'],
  positions: ['quantity', 'reserved_quantity', 'cost_basis', 'avg_cost'],
};

/** The columns of a table that a role may change. */
async function updatable(role: string, table: string): Promise<string[]> {
  const found = await rows<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($2) AND attnum > 0 AND NOT attisdropped AND has_column_privilege($1, attrelid, attnum, 'UPDATE') ORDER BY 1`,
    [role, table],
  );
  return found.map(({ name }) => name);
}

describe('what serves', () => {
  test('a login is bound by row-level security, owns nothing and inherits nothing', async () => {
    const found = await rows(
      `SELECT r.rolname, r.rolsuper, r.rolbypassrls, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
         EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owns,
         EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')) AS reads
       FROM pg_roles r WHERE r.rolname = ANY ($1) ORDER BY 1`,
      [LOGINS],
    );
    const nothing = {
      rolsuper: false,
      rolbypassrls: false,
      rolinherit: false,
      rolcreaterole: false,
      rolcreatedb: false,
      owns: false,
      reads: false,
    };
    expect(found).toEqual(LOGINS.map((rolname) => ({ rolname, ...nothing })));
  });

  test('the owner that migrates is no superuser and is bound as well', async () => {
    const [owner] = await rows("SELECT rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = 'trii_owner'");
    expect(owner).toEqual({ rolsuper: false, rolbypassrls: false, rolinherit: false });
  });

  test('each login becomes only its own roles', async () => {
    const found = await rows<{ login: string; roles: string[] }>(
      `SELECT l.rolname AS login, ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = l.oid ORDER BY 1) AS roles
       FROM pg_roles l WHERE l.rolname = ANY ($1) ORDER BY 1`,
      [LOGINS],
    );
    expect(found).toEqual([
      { login: 'trii_api', roles: ['anonymous_role', 'authenticated_user'] },
      { login: 'trii_operator', roles: ['admin_role'] },
      { login: 'trii_worker', roles: ['worker_role'] },
    ]);
  });

  test('nobody has anything by being anybody', async () => {
    const tables = await rows(
      `SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
    );
    const [schema] = await rows<{ usage: boolean }>("SELECT has_schema_privilege('public', 'public', 'USAGE') AS usage");
    const [connect] = await rows<{ connect: boolean }>("SELECT has_database_privilege('public', current_database(), 'CONNECT') AS connect");
    expect({ tables, ...schema, ...connect }).toEqual({ tables: [], usage: false, connect: false });
  });
});

describe('anonymous_role', () => {
  test('reads and writes no table and no view', async () => {
    const found = await rows(
      `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
         AND (has_any_column_privilege('anonymous_role', c.oid, 'SELECT, INSERT, UPDATE') OR has_table_privilege('anonymous_role', c.oid, 'DELETE, TRUNCATE'))
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
    );
    expect(found).toEqual([]);
  });
});

describe('ledger, audit and trades', () => {
  test.each(SERVING)('%s may delete from none of them', async (role) => {
    const found = await rows<{ name: string }>(
      `SELECT t.name FROM unnest(ARRAY['postings', 'audit_logs', 'trades', 'fills', 'holds', 'portfolios', 'positions', 'users', 'outbox', 'idempotency']) AS t (name)
       WHERE has_table_privilege($1, t.name, 'DELETE, TRUNCATE')`,
      [role],
    );
    expect(found).toEqual([]);
  });

  test.each(SERVING)('%s may change no posting and no audit row', async (role) => {
    expect([await updatable(role, 'postings'), await updatable(role, 'audit_logs')]).toEqual([[], []]);
  });

  test.each(SERVING)('%s may not write what the ledger projects', async (role) => {
    for (const [table, money] of Object.entries(MONEY)) {
      const columns = await updatable(role, table);
      expect(columns.filter((column) => money.includes(column))).toEqual([]);
    }
  });

  test('positions are inserted by the ledger trigger alone', async () => {
    const found = await rows<{ role: string }>(
      `SELECT role FROM unnest($1::text[]) AS role WHERE has_any_column_privilege(role, 'positions', 'INSERT')`,
      [SERVING],
    );
    expect(found).toEqual([]);
  });
});

describe('authenticated_user', () => {
  test.each([
    [
      'users',
      [
        'birth_date',
        'birth_date_enc',
        'country_code',
        'first_name',
        'income_range_enc',
        'income_range_max',
        'income_range_min',
        'kyc_documents',
        'last_login_at',
        'last_name',
        'phone',
        'phone_bidx',
        'phone_enc',
        'risk_profile',
        'timezone',
        'updated_at',
      ],
    ],
    ['person_keys', []],
    ['user_sessions', ['is_active']],
    [
      'portfolios',
      [
        'allocation_target',
        'auto_rebalance_enabled',
        'description',
        'dividend_choice',
        'name',
        'rebalance_threshold',
        'status',
        'updated_at',
      ],
    ],
    ['api_keys', ['revoked_at']],
    ['totp_factors', ['confirmed_at', 'failed_attempts', 'last_failed_at', 'last_used_step']],
    ['recovery_codes', ['used_at']],
    ['positions', []],
    [
      'trades',
      [
        'cancel_reason',
        'commission',
        'executed_at',
        'execution_venue',
        'fees',
        'filled_quantity',
        'order_state',
        'price',
        'status',
        'total_amount',
        'updated_at',
      ],
    ],
    ['holds', ['amount', 'consumed_amount', 'expires_at', 'status', 'updated_at']],
    ['notifications', ['is_read', 'read_at']],
    ['portfolio_snapshots', []],
    ['outbox', []],
    ['deliveries', []],
    ['idempotency', []],
    ['instruments', []],
    ['valuation_clock', []],
  ])('may change of %s only %j', async (table, columns) => {
    expect(await updatable('authenticated_user', table)).toEqual(columns);
  });

  test('reads no password hash and no inbox of personal data', async () => {
    const found = await rows<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT has_column_privilege('authenticated_user', attrelid, attnum, 'SELECT') ORDER BY 1`,
    );
    expect(found.map(({ name }) => name)).toEqual([
      'birth_date',
      'income_range_max',
      'income_range_min',
      'kyc_documents',
      'password_hash',
      'phone',
    ]);
  });

  test('opens a portfolio without any say in its money or its status', async () => {
    const found = await rows<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'portfolios'::regclass AND attnum > 0 AND has_column_privilege('authenticated_user', attrelid, attnum, 'INSERT') ORDER BY 1`,
    );
    expect(found.map(({ name }) => name)).toEqual([
      'allocation_target',
      'auto_rebalance_enabled',
      'base_currency',
      'description',
      'id',
      'name',
      'opened_on',
      'rebalance_threshold',
      'user_id',
    ]);
  });
});

describe('worker_role and admin_role', () => {
  test.each([
    [
      'worker_role',
      'portfolios',
      [
        'accrued_through',
        'allocation_current',
        'allocation_target',
        'snapshots_dirty_from',
        'snapshots_through',
        'total_value',
        'unrealized_pnl',
        'updated_at',
      ],
    ],
    ['worker_role', 'positions', ['allocation_percentage', 'current_price', 'current_value', 'last_updated', 'unrealized_pnl']],
    ['worker_role', 'users', []],
    ['worker_role', 'trades', []],
    ['admin_role', 'users', ['is_active', 'kyc_status', 'suspended_at', 'updated_at']],
    ['worker_role', 'person_keys', ['master_key_id', 'rewrapped_at', 'wrapped_key']],
    ['admin_role', 'person_keys', []],
    ['admin_role', 'portfolios', []],
    ['admin_role', 'deliveries', ['attempts', 'last_error', 'relayed_at', 'status']],
    ['admin_role', 'valuation_clock', ['updated_at', 'valuation_date']],
  ])('%s may change of %s only %j', async (role, table, columns) => {
    expect(await updatable(role, table)).toEqual(columns);
  });

  test('the worker may not read users or sessions', async () => {
    const [found] = await rows(
      "SELECT has_any_column_privilege('worker_role', 'users', 'SELECT') AS users, has_any_column_privilege('worker_role', 'user_sessions', 'SELECT') AS sessions",
    );
    expect(found).toEqual({ users: false, sessions: false });
  });
});
