import { escapeIdentifier, escapeLiteral } from 'pg';
import type { TenantColumn, TenantRelation } from './catalog.fixture.ts';
import { expectation } from './expectation.fixture.ts';
import type { Row, Value } from './sample-rows.fixture.ts';

/** What a statement asks for; whoever holds all of it, and the row, may. */
export interface Needs {
  readonly select?: readonly string[];
  readonly insert?: readonly string[];
  readonly update?: readonly string[];
  readonly delete?: true;
  /** UPDATE of any column: what a row lock asks for. */
  readonly lock?: true;
  /** No serving role may ever: TRUNCATE, REFERENCES, TRIGGER. */
  readonly ownership?: true;
}

export interface Probe {
  readonly relation: string;
  /** What is tried, in words: 'update cash_balance'. */
  readonly name: string;
  readonly sql: string;
  readonly needs: Needs;
  /** Whose session is the rightful one: a row of `stands` is there, one of `comes` is not yet. */
  readonly subject: 'stands' | 'comes';
  /** True: the statement shows or touches rows, so none is a denial. False: to be carried out is enough. */
  readonly counts: boolean;
}

export interface RelationRows {
  readonly stands: readonly Row[];
  readonly comes: readonly Row[];
}

const quoted = (names: readonly string[]): string => names.map(escapeIdentifier).join(', ');
const literal = (value: Value | undefined): string => {
  if (value === undefined || value === null) return 'NULL';
  return typeof value === 'string' ? escapeLiteral(value) : value.sql;
};

/** Every statement that is tried on a table. The same text is run by every role in every session. */
export function tableProbes(relation: TenantRelation, rows: RelationRows): Probe[] {
  const [stands, comes] = [rows.stands[0], rows.comes[0]];
  if (stands === undefined || comes === undefined) throw new Error(`sample-rows.fixture.ts has no row of ${relation.name}`);
  for (const { name } of relation.columns) {
    if (!(name in stands)) throw new Error(`sample-rows.fixture.ts says nothing of ${relation.name}.${name}`);
  }
  const at = placeOf(relation, stands);
  const base = { relation: relation.name, subject: 'stands', counts: true } as const;
  const keys = { select: relation.key };
  return [
    ...relation.columns.flatMap((column) => columnProbes(relation, { at, rows, column })),
    { ...base, name: 'select for update', sql: `SELECT 1 FROM ${at.table} WHERE ${at.where} FOR UPDATE`, needs: { ...keys, lock: true } },
    {
      ...base,
      name: 'select for key share',
      sql: `SELECT 1 FROM ${at.table} WHERE ${at.where} FOR KEY SHARE`,
      needs: { ...keys, lock: true },
    },
    { ...base, name: 'delete', sql: `DELETE FROM ${at.table} WHERE ${at.where}`, needs: { ...keys, delete: true } },
    {
      ...base,
      name: 'delete returning',
      sql: `DELETE FROM ${at.table} WHERE ${at.where} RETURNING ${quoted(relation.key)}`,
      needs: { ...keys, delete: true },
    },
    ...changeProbes(relation, { at, stands }),
    { ...base, ...insertion(relation, { rows: rows.comes, more: [] }), name: 'insert', subject: 'comes' },
    { ...base, ...returning(insertion(relation, { rows: rows.comes, more: [] }), relation), name: 'insert returning', subject: 'comes' },
    { ...base, name: 'truncate', sql: `TRUNCATE ${at.table} CASCADE`, needs: { ownership: true }, counts: false },
    {
      ...base,
      name: 'references',
      sql: `CREATE TABLE rls_probe.referring (${relation.key.map((key) => `${escapeIdentifier(key)} ${typeOf(relation, key)}`).join(', ')},
        FOREIGN KEY (${quoted(relation.key)}) REFERENCES ${at.table} (${quoted(relation.key)}))`,
      needs: { ownership: true },
      counts: false,
    },
    {
      ...base,
      name: 'trigger',
      sql: `CREATE TRIGGER probing BEFORE UPDATE ON ${at.table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
      needs: { ownership: true },
      counts: false,
    },
  ];
}

interface Place {
  readonly table: string;
  readonly where: string;
}

function placeOf(relation: TenantRelation, stands: Row): Place {
  const where = relation.key.map((key) => `${escapeIdentifier(key)} = ${literal(stands[key])}`).join(' AND ');
  return { table: `${escapeIdentifier(relation.schema)}.${escapeIdentifier(relation.name)}`, where };
}

const typeOf = (relation: TenantRelation, name: string): string => relation.columns.find((column) => column.name === name)?.type ?? 'uuid';

function columnProbes(
  relation: TenantRelation,
  { at, rows, column }: { readonly at: Place; readonly rows: RelationRows; readonly column: TenantColumn },
): Probe[] {
  const name = escapeIdentifier(column.name);
  const value = column.generated ? 'DEFAULT' : literal(rows.stands[0]?.[column.name]);
  const base = { relation: relation.name, subject: 'stands', counts: true } as const;
  return [
    {
      ...base,
      name: `select ${column.name}`,
      sql: `SELECT ${name} FROM ${at.table} WHERE ${at.where}`,
      needs: { select: [column.name, ...relation.key] },
    },
    {
      ...base,
      name: `update ${column.name}`,
      sql: `UPDATE ${at.table} SET ${name} = ${value} WHERE ${at.where}`,
      needs: { select: relation.key, update: [column.name] },
    },
    { ...base, ...insertion(relation, { rows: rows.comes, more: [column.name] }), name: `insert ${column.name}`, subject: 'comes' },
  ];
}

interface Statement {
  readonly sql: string;
  readonly needs: Needs;
}

/** An INSERT of the columns that must be given, and of `more`. */
function insertion(
  relation: TenantRelation,
  { rows, more }: { readonly rows: readonly Row[]; readonly more: readonly string[] },
): Statement {
  const owner = expectation[relation.name]?.owner ?? 'user_id';
  const names = relation.columns
    .filter(
      ({ name, required }) => required || name === owner || relation.key.includes(name) || more.includes(name) || isAsset(relation, name),
    )
    .map(({ name }) => name);
  const values = rows.map((row) => `(${names.map((name) => literal(row[name])).join(', ')})`);
  return { sql: `INSERT INTO ${placeOf(relation, {}).table} (${quoted(names)}) VALUES ${values.join(', ')}`, needs: { insert: names } };
}

/** Where an amount is of a currency or of an instrument, one of both has to be given. */
const isAsset = ({ columns }: TenantRelation, name: string): boolean =>
  name === 'currency_code' && columns.some((column) => column.name === 'instrument_id');

const returning = ({ sql, needs }: Statement, { key }: TenantRelation): Statement => ({
  sql: `${sql} RETURNING ${quoted(key)}`,
  needs: { ...needs, select: key },
});

/** The other ways to change a row: by RETURNING, by a conflict, by MERGE. */
function changeProbes(relation: TenantRelation, { at, stands }: { readonly at: Place; readonly stands: Row }): Probe[] {
  const rights = Object.values(expectation[relation.name]?.rights ?? {});
  const changeable = ({ name, generated }: TenantColumn): boolean => !generated && !relation.key.includes(name);
  const column =
    relation.columns.find(({ name }) => rights.some(({ update }) => update !== '*' && update.includes(name))) ??
    relation.columns.findLast(changeable);
  if (column === undefined) return [];
  const set = `${escapeIdentifier(column.name)} = ${literal(stands[column.name])}`;
  const base = { relation: relation.name, subject: 'stands', counts: true } as const;
  const change = { select: relation.key, update: [column.name] };
  const again = insertion(relation, { rows: [stands], more: [] });
  return [
    {
      ...base,
      name: 'update returning',
      sql: `UPDATE ${at.table} SET ${set} WHERE ${at.where} RETURNING ${quoted(relation.key)}`,
      needs: change,
    },
    {
      ...base,
      name: 'insert on conflict do update',
      sql: `${again.sql} ON CONFLICT (${quoted(relation.key)}) DO UPDATE SET ${set}`,
      needs: { ...change, ...again.needs },
    },
    {
      ...base,
      name: 'merge',
      sql: `MERGE INTO ${at.table} USING (SELECT 1) AS one ON ${at.where} WHEN MATCHED THEN UPDATE SET ${set}`,
      needs: change,
    },
  ];
}

/** A view is read, column by column; the guard refuses one that could be written through. */
export function viewProbes(relation: TenantRelation, stands: Row): Probe[] {
  const at = placeOf(relation, stands);
  return relation.columns.map(({ name }) => ({
    relation: relation.name,
    name: `select ${name}`,
    sql: `SELECT ${escapeIdentifier(name)} FROM ${at.table} WHERE ${at.where}`,
    needs: { select: [name, ...relation.key] },
    subject: 'stands',
    counts: true,
  }));
}

/** A partition past its parent: whoever may, reads everybody's rows in it. */
export function partitionProbes(relation: TenantRelation): Probe[] {
  const { table } = placeOf(relation, {});
  const name = quoted(relation.columns.slice(0, 1).map((column) => column.name));
  const base = { relation: relation.name, needs: { ownership: true }, subject: 'stands', counts: false } as const;
  return [
    { ...base, name: 'select', sql: `SELECT * FROM ${table}` },
    { ...base, name: 'insert', sql: `INSERT INTO ${table} (${name}) SELECT NULL WHERE false` },
    { ...base, name: 'update', sql: `UPDATE ${table} SET ${name} = NULL WHERE false` },
    { ...base, name: 'delete', sql: `DELETE FROM ${table}` },
    { ...base, name: 'select for update', sql: `SELECT 1 FROM ${table} FOR UPDATE` },
    { ...base, name: 'truncate', sql: `TRUNCATE ${table}` },
  ];
}
