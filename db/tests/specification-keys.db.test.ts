import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { furtherEnums, specifiedDefaults, specifiedKeys, specifiedTypes } from './specification-keys.fixture.ts';
import { specifiedColumns } from './specification.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const rows = <Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
  withClient(database.urls.owner, async (client) => (await client.query<Row>(sql, [...values])).rows);

interface Column {
  readonly name: string;
  readonly required: boolean;
  readonly type: string;
  readonly default: string | null;
}
const columnsOf = (table: string): Promise<Column[]> =>
  rows<Column>(
    `SELECT a.attname AS name, a.attnotnull AS required, format_type(a.atttypid, a.atttypmod) AS type, pg_get_expr(d.adbin, d.adrelid) AS default
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [`public.${table}`],
  );

interface Key {
  readonly kind: 'p' | 'u' | 'f';
  readonly columns: string[];
  readonly target: string | null;
  readonly target_columns: string[] | null;
}
const keysOf = (table: string): Promise<Key[]> =>
  rows<Key>(
    `SELECT c.contype AS kind, c.confrelid::regclass::text AS target,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (n, o) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.o) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k (n, o) JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.o) AS target_columns
     FROM pg_constraint c WHERE c.conrelid = to_regclass($1) AND c.contype IN ('p', 'u', 'f')`,
    [`public.${table}`],
  );

describe('the specified tables', () => {
  test('all have their keys written down, and no other table has', () => {
    const views = ['market_data_hourly', 'market_data_daily', 'v_portfolio_summary'];
    expect(Object.keys(specifiedKeys).toSorted()).toEqual(
      Object.keys(specifiedColumns)
        .filter((name) => !views.includes(name))
        .toSorted(),
    );
  });

  test.each(Object.entries(specifiedKeys))('%s has its keys', async (table, { primary, unique = [], references = {} }) => {
    const keys = await keysOf(table);
    expect(keys.filter(({ kind }) => kind === 'p').map(({ columns }) => columns)).toEqual([primary]);
    for (const column of unique) expect(keys).toContainEqual(expect.objectContaining({ kind: 'u', columns: [column] }));
    const pointing = Object.fromEntries(keys.filter(({ kind }) => kind === 'f').map(({ columns, target }) => [columns[0], target]));
    // A portfolio's owner is bound by the composite key; what the specification draws is there, and nothing else.
    expect(pointing).toEqual(references);
    for (const { kind, target, columns, target_columns: pointedAt } of keys)
      if (kind === 'f' && target === 'portfolios')
        expect([columns, pointedAt]).toEqual([
          ['portfolio_id', 'user_id'],
          ['id', 'user_id'],
        ]);
  });

  test.each(Object.entries(specifiedKeys))('%s asks for what it cannot do without, and for no more', async (table, { optional = [] }) => {
    const specified = Object.keys(specifiedColumns[table] ?? {});
    const columns = (await columnsOf(table)).filter(({ name }) => specified.includes(name));
    expect(
      columns
        .filter(({ required }) => !required)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(optional.toSorted());
  });

  test('give every decimal a scale, so that no amount can be of any precision', async () => {
    const loose: string[] = [];
    for (const table of Object.keys(specifiedKeys))
      for (const { name, type } of await columnsOf(table)) if (type === 'numeric') loose.push(`${table}.${name}`);
    expect(loose).toEqual([]);
  });
});

const columnOf = async (path: string): Promise<Column | undefined> => {
  const [table = '', column] = path.split('.');
  return (await columnsOf(table)).find(({ name }) => name === column);
};

test.each(Object.entries(specifiedTypes))('%s is stored as %s', async (path, type) => {
  expect((await columnOf(path))?.type).toBe(type);
});

test.each(Object.entries(specifiedDefaults))('%s is %s when nothing is said', async (path, value) => {
  expect((await columnOf(path))?.default).toBe(value);
});

test.each(Object.entries(furtherEnums))('%s takes exactly the values that the settled meanings need', async (path, values) => {
  const [table = '', column = ''] = path.split('.');
  const found = await rows<{ value: string }>(
    `SELECT e.enumlabel AS value FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid
     WHERE a.attrelid = to_regclass($1) AND a.attname = $2 ORDER BY e.enumsortorder`,
    [`public.${table}`, column],
  );
  expect(found.map(({ value }) => value)).toEqual(values);
});

test('an e-mail address is unique whatever its case, as an index and not a constraint', async () => {
  const [index] = await rows<{ definition: string }>(`SELECT pg_get_indexdef(to_regclass('public.users_email_key')) AS definition`);
  expect(index?.definition).toContain('UNIQUE INDEX users_email_key ON public.users USING btree (lower(email))');
});
