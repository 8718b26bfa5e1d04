import type { ClientBase } from 'pg';
import type { TenantRelation } from './catalog.fixture.ts';
import { tenantRelations } from './catalog.fixture.ts';
import { exceptions, expectation } from './expectation.fixture.ts';
import { functions } from './expected-functions.fixture.ts';
import type { RelationExpectation, Role } from './right.fixture.ts';

/** What stands between one investor's data and another's but is not there, one sentence each. Empty is the only good answer. */
export async function findGaps(client: ClientBase): Promise<string[]> {
  const found = await tenantRelations(client);
  const relations = found.filter(({ name }) => exceptions[name] === undefined);
  const names = new Set(found.map(({ name }) => name));
  const gone = [...Object.keys(expectation), ...Object.keys(exceptions)].filter((name) => !names.has(name));
  return [
    ...relations.flatMap((relation) => shapeGaps(relation)),
    ...gone.map((name) => `${name}: the expectation names it, the database has no tenant data of that name`),
    ...(await policyGaps(client, relations)),
    ...(await grantGaps(client, relations)),
    ...(await functionGaps(client, relations)),
  ];
}

function shapeGaps(relation: TenantRelation): string[] {
  const { name, kind } = relation;
  // Without a policy of its own: only its parent's are meant to open it.
  if (kind === 'partition') return relation.rowSecurity ? [] : [`${name}: row-level security is not enabled on the partition itself`];
  const expected = expectation[name];
  const listed =
    expected === undefined || relation.schema !== 'public' ? [`${name}: not in the expectation`] : columnGaps(relation, expected);
  if (kind === 'view') {
    return [
      ...listed,
      ...(relation.invoker ? [] : [`${name}: runs as its owner, past the policies of who asks; make it WITH (security_invoker = true)`]),
      ...(relation.updatable ? [`${name}: can be written through, which the matrix does not try`] : []),
    ];
  }
  if (kind === 'materialized view' || kind === 'foreign table') return [...listed, `${name}: a ${kind} knows no row-level security`];
  const owner = expected?.owner ?? 'user_id';
  return [
    ...listed,
    ...(relation.columns.some((column) => column.name === owner) ? [] : [`${name}: no column ${owner} says whose a row is`]),
    ...(relation.rowSecurity ? [] : [`${name}: row-level security is not enabled`]),
    ...(relation.forced ? [] : [`${name}: row-level security is not forced on its owner`]),
  ];
}

function columnGaps({ name, columns }: TenantRelation, expected: RelationExpectation): string[] {
  const found = columns.map((column) => column.name);
  return [
    ...found.filter((column) => !expected.columns.includes(column)).map((column) => `${name}.${column}: not in the expectation`),
    ...expected.columns.filter((column) => !found.includes(column)).map((column) => `${name}.${column}: in the expectation alone`),
  ];
}

interface Policy {
  readonly table: string;
  readonly policy: string;
  readonly role: string;
  readonly permissive: boolean;
  readonly using: string | null;
  readonly check: string | null;
}

const POLICIES = `SELECT c.relname AS table, p.polname AS policy, CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE r.oid::regrole::text END AS role, p.polpermissive AS permissive,
    pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid, unnest(p.polroles) AS r (oid) ORDER BY 1, 2, 3`;

async function policyGaps(client: ClientBase, relations: readonly TenantRelation[]): Promise<string[]> {
  const { rows } = await client.query<Policy>(POLICIES);
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table');
  return tables.flatMap(({ name }) => {
    const policies = rows.filter((policy) => policy.table === name);
    return policies.length === 0 ? [`${name}: has no policy`] : policies.flatMap(policyGap);
  });
}

function policyGap({ table, policy, role, permissive, using, check }: Policy): string[] {
  const expected = expectation[table];
  const given = expected?.rights[role as Role];
  if (given === undefined) return [`${table}: policy ${policy} opens rows to ${role}, to whom the expectation gives none`];
  if (!permissive || given.rows === 'all') return [];
  const own = `(${expected?.owner ?? 'user_id'} = ( SELECT app_user_id() AS app_user_id))`;
  // A policy without WITH CHECK is checked by its USING.
  return [using, check ?? using]
    .filter((expression) => expression !== own)
    .slice(0, 1)
    .map((expression) => `${table}: policy ${policy} opens rows to ${role} by ${expression ?? 'nothing'}, not by ${own}`);
}

const GRANTS = `SELECT c.relname AS name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee, string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
  FROM pg_class c CROSS JOIN LATERAL (
    SELECT x.grantee, x.privilege_type FROM aclexplode(c.relacl) x
    UNION ALL SELECT x.grantee, x.privilege_type FROM pg_attribute t, aclexplode(t.attacl) x WHERE t.attrelid = c.oid
  ) a WHERE a.grantee <> c.relowner AND c.relnamespace::regnamespace::text !~ '^pg_' GROUP BY 1, 2 ORDER BY 1, 2`;

async function grantGaps(client: ClientBase, relations: readonly TenantRelation[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; grantee: string; privileges: string }>(GRANTS);
  const byName = new Map(relations.map((relation) => [relation.name, relation]));
  return rows.flatMap(({ name, grantee, privileges }) => {
    const relation = byName.get(name);
    if (relation === undefined) return [];
    if (relation.kind === 'partition') return [`${name}: ${grantee} reaches the partition past its parent's policies (${privileges})`];
    const given = expectation[name]?.rights[grantee as Role];
    return given === undefined ? [`${name}: ${grantee} holds ${privileges}, to whom the expectation gives nothing`] : [];
  });
}

interface Routine {
  readonly name: string;
  readonly definer: boolean;
  readonly callers: string[];
}

/** The bodies of functions are text to the catalog, so they are searched for the names; what calls such a function counts as well. */
const FUNCTIONS = `
  WITH RECURSIVE routine AS (
    SELECT p.oid, p.proname, p.prosecdef, p.proacl, p.proowner, p.prosrc || COALESCE(pg_get_function_sqlbody(p.oid), '') AS body FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^_timescaledb|^timescaledb'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  ), touching AS (
    SELECT oid, proname FROM routine WHERE prosecdef OR body ~ ('\\m(' || array_to_string($1::text[], '|') || ')\\M')
    UNION
    SELECT r.oid, r.proname FROM routine r JOIN touching t ON r.body ~ ('\\m' || t.proname || '\\M') AND r.oid <> t.oid
  )
  SELECT r.proname AS name, r.prosecdef AS definer,
    ARRAY(SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
      FROM aclexplode(COALESCE(r.proacl, acldefault('f', r.proowner))) a WHERE a.grantee <> r.proowner ORDER BY 1) AS callers
  FROM routine r JOIN touching t USING (oid) ORDER BY 1`;

async function functionGaps(client: ClientBase, relations: readonly TenantRelation[]): Promise<string[]> {
  const names = relations.filter(({ kind }) => kind !== 'partition').map(({ name }) => name);
  const { rows } = await client.query<Routine>(FUNCTIONS, [names]);
  const found = new Set(rows.map(({ name }) => name));
  return [
    ...rows.flatMap(({ name, definer, callers }) => {
      const expected = functions[name];
      if (expected === undefined)
        return [`${name}(): touches tenant data${definer ? ' as its owner' : ''} and is not among the expected functions`];
      const same = expected.definer === definer && expected.callers.join() === callers.join();
      return same ? [] : [`${name}(): found definer ${definer}, callers ${callers.join(', ')}, which is not what is expected`];
    }),
    ...Object.keys(functions)
      .filter((name) => !found.has(name))
      .map((name) => `${name}(): among the expected functions alone`),
  ];
}
