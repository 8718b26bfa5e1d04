import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { specifiedColumns, specifiedEnums, specifiedIndexes } from './specification.fixture.ts';
import type { Family } from './specification.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const rows = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows);

const families: Readonly<Record<string, Family>> = {
  uuid: 'uuid',
  text: 'string',
  bpchar: 'string',
  numeric: 'decimal',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  date: 'date',
  timestamptz: 'timestamp',
  bool: 'boolean',
  jsonb: 'jsonb',
  json: 'jsonb',
  inet: 'inet',
};

/** Tables as a person knows them: no partition of another, nothing of the migrator's. */
const TABLES = `SELECT c.oid, c.relname AS name, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'mikro_orm_migrations'`;

describe('the specification by name', () => {
  test.each(Object.entries(specifiedColumns))('%s has its columns, of their kind', async (table, columns) => {
    const found = await rows<{ name: string; type: string; kind: string }>(
      `SELECT a.attname AS name, t.typname AS type, t.typtype AS kind FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
       WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`,
      [`public.${table}`],
    );
    const byName = Object.fromEntries(found.map(({ name, type, kind }) => [name, kind === 'e' ? 'enum' : (families[type] ?? type)]));
    expect(byName).toMatchObject(columns);
  });

  test.each(Object.entries(specifiedEnums))('%s takes exactly its values, in their order', async (column, values) => {
    const [table, name] = column.split('.');
    const found = await rows<{ value: string }>(
      `SELECT e.enumlabel AS value FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid
       WHERE a.attrelid = to_regclass($1) AND a.attname = $2 ORDER BY e.enumsortorder`,
      [`public.${table}`, name],
    );
    expect(found.map(({ value }) => value)).toEqual(values);
  });

  test.each(Object.entries(specifiedIndexes))('index %s is what it was specified to be', async (name, definition) => {
    const [index] = await rows<{ definition: string }>('SELECT pg_get_indexdef(to_regclass($1)) AS definition', [`public.${name}`]);
    expect(index?.definition).toBe(definition);
  });

  test('the specified functions exist', async () => {
    const [found] = await rows<Record<string, boolean>>(
      `SELECT to_regprocedure('public.create_monthly_partition(integer)') IS NOT NULL AS partitions,
              to_regprocedure('public.calculate_portfolio_performance(uuid, date, date)') IS NOT NULL AS performance,
              to_regprocedure('public.encrypt_pii(text)') IS NOT NULL AND to_regprocedure('public.encrypt_sensitive_data()') IS NOT NULL AS encryption`,
    );
    expect(found).toEqual({ partitions: true, performance: true, encryption: true });
  });
});

describe('partitions', () => {
  test.each([
    ['audit_logs', 'RANGE (created_at)'],
    ['outbox', 'RANGE (created_at)'],
    ['idempotency', 'RANGE (created_at)'],
    ['compliance_checks', 'RANGE (checked_at)'],
    ['portfolio_snapshots', 'RANGE (snapshot_date)'],
    ['daily_bars', 'RANGE (session_date)'],
    ['market_data', 'RANGE ("timestamp")'],
  ])('%s is cut by %s and has a default partition', async (table, key) => {
    const [found] = await rows<{ key: string; has_default: boolean }>(
      'SELECT pg_get_partkeydef(partrelid) AS key, partdefid <> 0 AS has_default FROM pg_partitioned_table WHERE partrelid = to_regclass($1)',
      [`public.${table}`],
    );
    expect(found).toEqual({ key, has_default: true });
  });

  test('no role may reach a partition past its parent, where row-level security stands', async () => {
    const found = await rows(
      `SELECT c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
       WHERE c.relnamespace = 'public'::regnamespace AND c.relispartition AND a.grantee <> c.relowner`,
    );
    expect(found).toEqual([]);
  });
});

describe('tenant tables', () => {
  test('every table with user_id, and users, forces row-level security and has policies', async () => {
    const found = await rows<{ name: string; relrowsecurity: boolean; relforcerowsecurity: boolean; policies: number }>(
      `SELECT t.name, t.relrowsecurity, t.relforcerowsecurity, (SELECT count(*)::int FROM pg_policy p WHERE p.polrelid = t.oid) AS policies FROM (${TABLES}) t
       WHERE t.name = 'users' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'user_id' AND NOT a.attisdropped)`,
    );
    expect(found.length).toBeGreaterThanOrEqual(17);
    expect(found.filter((t) => !t.relrowsecurity || !t.relforcerowsecurity || t.policies === 0)).toEqual([]);
  });

  test('a policy of the investor compares the owner alone, for reading and for writing', async () => {
    const found = await rows<{ table: string; using: string; check: string }>(
      `SELECT polrelid::regclass::text AS table, pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check
       FROM pg_policy WHERE polroles = ARRAY['authenticated_user'::regrole::oid]`,
    );
    expect(found.length).toBeGreaterThanOrEqual(17);
    for (const { table, using, check } of found) {
      const own = `(${table === 'users' ? 'id' : 'user_id'} = ( SELECT app_user_id() AS app_user_id))`;
      expect({ table, using, check }).toEqual({ table, using: own, check: own });
    }
  });

  test('no policy is for everybody, for anonymous_role or for a login', async () => {
    const found = await rows<{ role: string }>(
      `SELECT DISTINCT CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE r.oid::regrole::text END AS role FROM pg_policy p, unnest(p.polroles) AS r (oid)`,
    );
    expect(found.map(({ role }) => role).toSorted()).toEqual(['admin_role', 'authenticated_user', 'definer_role', 'worker_role']);
  });

  test('every tenant table with a portfolio points to portfolio and owner together', async () => {
    const found = await rows<{ name: string; keys: string[] }>(
      `SELECT t.name, ARRAY(SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'f' AND c.confrelid = 'portfolios'::regclass) AS keys
       FROM (${TABLES}) t WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'portfolio_id')`,
    );
    expect(found.length).toBeGreaterThanOrEqual(8);
    for (const { name, keys } of found)
      expect([name, keys]).toEqual([name, ['FOREIGN KEY (portfolio_id, user_id) REFERENCES portfolios(id, user_id)']]);
  });

  test('series, audit and outbox have no foreign key', async () => {
    const found = await rows(
      `SELECT conrelid::regclass::text, conname FROM pg_constraint
       WHERE contype = 'f' AND conrelid = ANY (ARRAY['market_data', 'order_book', 'technical_indicators', 'daily_bars', 'audit_logs', 'outbox', 'deliveries']::regclass[])`,
    );
    expect(found).toEqual([]);
  });
});

describe('functions and views', () => {
  test('a SECURITY DEFINER function has a fixed search_path and is executable by the roles it was made for', async () => {
    const found = await rows<{ name: string; owner: string; fixed: boolean; callers: string[] }>(
      `SELECT p.proname AS name, p.proowner::regrole::text AS owner, COALESCE(p.proconfig @> ARRAY['search_path=public, pg_temp'], false) AS fixed,
         ARRAY(SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner ORDER BY 1) AS callers
       FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1`,
    );
    const fixed = true;
    expect(found).toEqual([
      { name: 'append_audit', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'apply_postings', owner: 'definer_role', fixed, callers: [] },
      { name: 'assert_session', owner: 'definer_role', fixed, callers: ['admin_role', 'authenticated_user'] },
      { name: 'audit_due', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'begin_session', owner: 'definer_role', fixed, callers: ['authenticated_user'] },
      { name: 'confirm_email_change', owner: 'definer_role', fixed, callers: ['authenticated_user'] },
      { name: 'document_blobs', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'drop_expired_series', owner: 'trii_owner', fixed, callers: ['worker_role'] },
      { name: 'erase_kyc', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'erase_person', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'forget_bank_accounts', owner: 'definer_role', fixed, callers: [] },
      { name: 'forget_credentials', owner: 'definer_role', fixed, callers: [] },
      { name: 'forget_mails', owner: 'definer_role', fixed, callers: [] },
      { name: 'forget_second_factor', owner: 'definer_role', fixed, callers: [] },
      { name: 'give_person_key', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'has_second_factor', owner: 'definer_role', fixed, callers: ['admin_role', 'authenticated_user'] },
      { name: 'mail_to_send', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'maintain_partitions', owner: 'trii_owner', fixed, callers: ['worker_role'] },
      { name: 'mark_mail_sent', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'monitoring_rights', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'note_pending_audit', owner: 'trii_owner', fixed, callers: [] },
      { name: 'open_account', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'open_connections', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'people_without_key', owner: 'definer_role', fixed, callers: ['trii_owner', 'worker_role'] },
      { name: 'prepare_series_days', owner: 'trii_owner', fixed, callers: ['worker_role'] },
      { name: 'put_mail', owner: 'definer_role', fixed, callers: [] },
      { name: 'queue_mail', owner: 'definer_role', fixed, callers: ['anonymous_role', 'authenticated_user'] },
      { name: 'register_user', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'reindex_person', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'reopen_kyc', owner: 'definer_role', fixed, callers: ['authenticated_user'] },
      { name: 'replace_password_hash', owner: 'definer_role', fixed, callers: ['authenticated_user'] },
      { name: 'request_email_change', owner: 'definer_role', fixed, callers: ['authenticated_user'] },
      { name: 'reset_password', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'reset_second_factor', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'reset_token_key', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'reset_token_words', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'resume_session', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'retire_mails', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'retire_platform_months', owner: 'trii_owner', fixed, callers: ['worker_role'] },
      { name: 'retire_sessions', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'screened_person', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'seal_personal_names', owner: 'trii_owner', fixed, callers: ['worker_role'] },
      { name: 'second_factor_key', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'set_operator_scopes', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'sign_in_lookup', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'slow_queries', owner: 'definer_role', fixed, callers: ['admin_role'] },
      { name: 'take_pending_audit', owner: 'definer_role', fixed, callers: ['worker_role'] },
      { name: 'use_api_key', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
      { name: 'verify_email', owner: 'definer_role', fixed, callers: ['anonymous_role'] },
    ]);
  });

  test('no function of ours is executable by everybody', async () => {
    const found = await rows(
      `SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`,
    );
    expect(found).toEqual([]);
  });

  test('every view runs as its caller', async () => {
    const found = await rows<{ name: string; invoker: boolean }>(
      `SELECT c.relname AS name, COALESCE(c.reloptions @> ARRAY['security_invoker=true'], false) AS invoker FROM pg_class c
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
    );
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(found.filter(({ invoker }) => !invoker)).toEqual([]);
  });
});
