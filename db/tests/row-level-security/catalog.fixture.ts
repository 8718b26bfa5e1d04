import type { ClientBase } from 'pg';

/** Everything that can hold an investor's rows, as the catalog has it. */
export interface TenantRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned table' | 'partition' | 'view' | 'materialized view' | 'foreign table';
  readonly columns: readonly TenantColumn[];
  /** Primary key, in its order; a view's is `id`. */
  readonly key: readonly string[];
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  readonly invoker: boolean;
  readonly updatable: boolean;
  readonly owner: string;
}

export interface TenantColumn {
  readonly name: string;
  /** Must be given a value: NOT NULL and without default. */
  readonly required: boolean;
  /** GENERATED: the one value that may be written is DEFAULT. */
  readonly generated: boolean;
  readonly type: string;
}

/**
 * A relation holds tenant data when it is `users`, when a column names an investor or a portfolio, when a foreign key or its parent's leads to
 * such a one, or when it is a view over one. Extensions' own relations are left out; schemas are not, so none can hide in another schema.
 */
const TENANT_RELATIONS = `
  WITH RECURSIVE relation AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  ), tenant AS (
    SELECT oid FROM relation r
    WHERE (nspname = 'public' AND relname = 'users')
      OR (relkind <> 'v' AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = r.oid AND NOT a.attisdropped AND a.attname ~ '^(user|portfolio|person|investor|owner)_id$'))
    UNION
    SELECT n.oid FROM tenant t CROSS JOIN LATERAL (
      SELECT k.conrelid AS oid FROM pg_constraint k WHERE k.contype = 'f' AND k.confrelid = t.oid
      UNION ALL SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = t.oid
      UNION ALL SELECT w.ev_class FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND w.ev_class <> t.oid
    ) n
  )
  SELECT n.nspname AS schema, c.relname AS name,
    CASE WHEN c.relispartition THEN 'partition' ELSE (CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
      WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END) END AS kind,
    c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS forced,
    COALESCE(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false) AS invoker,
    c.relkind = 'v' AND pg_relation_is_updatable(c.oid, true) <> 0 AS updatable, c.relowner::regrole::text AS owner,
    (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, NULL), 'generated', a.attidentity <> '' OR a.attgenerated <> '',
       'required', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '') ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    COALESCE((SELECT array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary), ARRAY['id']) AS key
  FROM tenant t JOIN relation r USING (oid) JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY c.relname`;

export async function tenantRelations(client: ClientBase): Promise<TenantRelation[]> {
  return (await client.query<TenantRelation>(TENANT_RELATIONS)).rows;
}
