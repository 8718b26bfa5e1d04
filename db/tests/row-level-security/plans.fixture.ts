import { withClient } from '@trii/testkit';
import type { Statement, TestDatabase } from '@trii/testkit';
import type { ClientBase } from 'pg';
import { tenantRelations } from './catalog.fixture.ts';

/** What is wrong with any of them, by name. */
export async function planFaults(database: TestDatabase, statements: ReadonlyMap<string, Statement>): Promise<string[]> {
  const large = await largeTenantRelations(database);
  const faults: string[] = [];
  for (const [name, statement] of statements) {
    faults.push(...(await slowNodes(database, statement, large)).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

/** A node of EXPLAIN (FORMAT JSON), as far as it matters here. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Below this many pages PostgreSQL reads all of a table whatever its indexes: a partition that nothing has been written to, for one. */
const SMALL_PAGES = 8;

/** Relations with tenant data that are large enough for a scan to hurt. */
async function largeTenantRelations(database: TestDatabase): Promise<ReadonlySet<string>> {
  return withClient(database.urls.admin, async (admin) => {
    const names = (await tenantRelations(admin)).map(({ name }) => name);
    const { rows } = await admin.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) AND relpages > $2",
      [names, SMALL_PAGES],
    );
    return new Set(rows.map(({ name }) => name));
  });
}

/**
 * What is wrong with how PostgreSQL would run the statement under its session: a relation read whole, or an index walked from end to end. Asked
 * for the values given, and for any values: reads are prepared, and after a few runs their plan is kept.
 */
async function slowNodes(database: TestDatabase, statement: Statement, large: ReadonlySet<string>): Promise<string[]> {
  const { role, userId } = statement.session;
  return database.as({ role, userId }, async (client) => {
    const values = await planOf(client, `EXPLAIN (FORMAT JSON) ${statement.text}`, statement.values);
    // A cursor takes no values here, and cannot be prepared.
    if (statement.text.startsWith('DECLARE ')) return values.flatMap((node) => fault(node, large));
    await client.query(`PREPARE watched AS ${statement.text}`);
    await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
    const nulls = statement.values.map(() => 'NULL').join(', ');
    const any = await planOf(client, `EXPLAIN (FORMAT JSON) EXECUTE watched${nulls === '' ? '' : `(${nulls})`}`, []);
    await client.query('DEALLOCATE watched');
    return [
      ...values.flatMap((node) => fault(node, large)),
      ...any.flatMap((node) => fault(node, large).map((text) => `${text}, for any values`)),
    ];
  });
}

async function planOf(client: ClientBase, explain: string, values: readonly unknown[]): Promise<PlanNode[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(explain, [...values]);
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => nodesOf(Plan)));
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

function fault(node: PlanNode, large: ReadonlySet<string>): string[] {
  const name = node['Relation Name'];
  if (name === undefined || !large.has(name)) return [];
  switch (node['Node Type']) {
    case 'Index Scan':
    case 'Index Only Scan':
      return node['Index Cond'] === undefined
        ? [`${name}: walks all of ${node['Index Name'] ?? 'an index'}, then ${node.Filter ?? 'takes everything'}`]
        : [];
    case 'Bitmap Heap Scan':
      return node['Recheck Cond'] === undefined ? [`${name}: a bitmap of everything`] : [];
    case 'Seq Scan':
      return [`${name}: Seq Scan, then ${node.Filter ?? 'takes everything'}`];
    // What writes; its rows come from a node below.
    case 'ModifyTable':
      return [];
    default:
      return [`${name}: ${node['Node Type']}`];
  }
}
