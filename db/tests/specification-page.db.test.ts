import { handlers, systemHandlers } from '@trii/domain';
import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { specifiedRedis, specifiedRelations, specifiedStatements, unitsToSettle } from './specification-names.fixture.ts';
import { faultOfLink, isTestFile, migrationNames, readPage } from './specification-page.fixture.ts';
import type { NamedThing } from './specification-page.fixture.ts';
import { specifiedColumns, specifiedEnums, specifiedIndexes } from './specification.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const page = readPage();
type Areas = Readonly<Record<string, Readonly<Record<string, { readonly declaration: { readonly name: string } }>>>>;
const operationsOf = (areas: Areas): string[] =>
  Object.values(areas).flatMap((area) => Object.values(area).map(({ declaration }) => declaration.name));
const operations = [...operationsOf(handlers), ...operationsOf(systemHandlers)];
const code = (name: string): string => `\`${name}\``;
const isProven = (text: string): boolean => readPage(text).links.some(({ path }) => isTestFile(path));
const rowsOf = (section: string) => page.rows.filter((row) => row.section === section);
const rowOf = (section: string, name: string) => rowsOf(section).find(({ first }) => first === name || first === code(name));

describe('docs/SPECIFICATION.md speaks of everything that the specification names', () => {
  test.each(Object.entries(specifiedColumns))('%s and each of its columns', (table, columns) => {
    const row = rowOf('Tables', table) ?? rowOf('Views and function', table);
    expect(row, table).toBeDefined();
    expect(Object.keys(columns).filter((column) => !row?.text.includes(code(column)))).toEqual([]);
  });

  test.each(Object.entries(specifiedEnums))('the values of %s', (column, values) => {
    const row = rowOf('Enums', column);
    expect(values.filter((value) => !row?.text.includes(code(value)))).toEqual([]);
  });

  test.each(Object.keys(specifiedIndexes))('index %s', (index) => {
    expect(page.text).toContain(code(index));
  });

  test.each(Object.entries(specifiedStatements))('statement %s', (statement, names) => {
    const row = rowOf('The 35 statements', statement);
    expect(row, statement).toBeDefined();
    expect(names.filter((name) => !row?.text.includes(name))).toEqual([]);
  });

  test.each(Object.entries(specifiedRedis))('%s in Redis', (key, names) => {
    const row = rowOf('Redis', key);
    expect(row, key).toBeDefined();
    expect(names.filter((name) => !row?.text.includes(name))).toEqual([]);
  });

  test('every line of its diagram', () => {
    expect(specifiedRelations.filter((relation) => rowOf('Relations of the diagram', relation) === undefined)).toEqual([]);
  });

  test('every figure whose unit it leaves open', () => {
    const text = rowsOf('Units and meanings')
      .map((row) => row.text)
      .join('\n');
    expect(unitsToSettle.filter((name) => !text.includes(code(name)))).toEqual([]);
  });
});

describe('what docs/SPECIFICATION.md names is there', () => {
  const queries: Readonly<Record<string, string>> = {
    table: `SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
    view: `SELECT relname::text AS name FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace`,
    column: `SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped`,
    function: `SELECT p.proname || '(' || array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t), ', ') || ')' AS name
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace`,
    index: `SELECT relname::text AS name FROM pg_class WHERE relkind IN ('i', 'I') AND relnamespace = 'public'::regnamespace`,
    constraint: 'SELECT conname::text AS name FROM pg_constraint',
    policy: 'SELECT polname::text AS name FROM pg_policy',
    type: `SELECT typname::text AS name FROM pg_type WHERE typtype = 'e'`,
    trigger: 'SELECT tgname::text AS name FROM pg_trigger WHERE NOT tgisinternal',
    role: 'SELECT rolname::text AS name FROM pg_roles',
    extension: 'SELECT name::text FROM pg_available_extensions',
  };
  const known = async (kind: string): Promise<ReadonlySet<string>> => {
    if (kind === 'migration') return new Set(migrationNames());
    if (kind === 'operation') return new Set(operations);
    return withClient(
      database.urls.owner,
      async (client) => new Set((await client.query<{ name: string }>(queries[kind] ?? '')).rows.map(({ name }) => name)),
    );
  };

  test.each([...new Set(page.named.map(({ kind }) => kind))])('as a %s', async (kind) => {
    const there = await known(kind);
    const missing = page.named.filter((thing: NamedThing) => thing.kind === kind && !there.has(thing.name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  test('in numbers that are no accident', () => {
    expect(page.named.length).toBeGreaterThan(100);
    expect(page.links.filter(({ path }) => isTestFile(path)).length).toBeGreaterThan(60);
  });

  test('every link leads to a file, and one to a test to a test of that name', () => {
    expect(page.links.flatMap((link) => faultOfLink(link) ?? [])).toEqual([]);
  });

  test('every row that owes a proof has one', () => {
    const owing = page.rows.filter(({ isProvable }) => isProvable);
    expect(owing.length).toBeGreaterThan(70);
    expect(owing.filter(({ text }) => !isProven(text)).map(({ section, first }) => `${section}: ${first}`)).toEqual([]);
  });
});

describe('a page is read strictly', () => {
  const planted = readPage(
    '## Tables\n\n| ours | proof |\n|---|---|\n| `users` | table `nowhere`, [a test that is not there](../db/tests/catalog.db.test.ts) |\n| `x` | none |\n',
  );

  test('a name without a thing, a link without a test and a row without a proof are seen', () => {
    expect(planted.named).toEqual([{ kind: 'table', name: 'nowhere' }]);
    expect(planted.links.map(faultOfLink)).toEqual(['../db/tests/catalog.db.test.ts has no test "a test that is not there"']);
    expect(faultOfLink({ label: 'x', path: '../nowhere.md' })).toBe('there is no file ../nowhere.md');
    expect(planted.rows.map(({ first, isProvable, text }) => [first, isProvable, isProven(text)])).toEqual([
      ['`users`', true, true],
      ['`x`', true, false],
    ]);
  });
});
