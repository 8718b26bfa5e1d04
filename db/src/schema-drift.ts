import { ReferenceKind } from '@mikro-orm/core';
import type { EntityMetadata, EntityProperty, MetadataStorage } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { entities } from '@trii/domain';

/** What the series engines, the audit chain and retention keep for themselves; no entity maps it. */
const UNMAPPED_TABLES = [
  'market_hourly_rollup',
  'market_daily_rollup',
  'market_hourly_marks',
  'market_daily_marks',
  'market_hourly_history',
  'market_daily_history',
  'series_retention',
  'audit_pending',
  'platform_retention',
  'bank_messages',
  'cash_limits',
  'cash_settings',
  'fee_schedules',
  'accrual_rates',
  'simulated_bank_payments',
  'simulated_bank_messages',
];

/**
 * The SQL that would bring the database to what the entities say: '' when they agree. For looking only, never for running. It does not see
 * enum values or expression indexes, which it compares by name; the catalog test does.
 */
export async function schemaDrift(ownerUrl: string): Promise<string> {
  const orm = await MikroORM.init({
    clientUrl: ownerUrl,
    entities: [...entities],
    discovery: { afterDiscovered: declareForeignKeys },
    schemaGenerator: { skipTables: UNMAPPED_TABLES, skipViews: [/.*/], ignoreTriggers: true, ignoreRoutines: true },
    pool: { max: 2 },
  });
  try {
    return await orm.schema.getUpdateSchemaSQL({ wrap: false });
  } finally {
    await orm.close();
  }
}

/**
 * Foreign keys the ORM does not map as such. It maps a relation by its id alone, while the database also holds a row to the investor of its
 * portfolio, trade, hold, account or submission; the others have no relation at all.
 */
const OWNED_TABLES = ['portfolios', 'trades', 'bank_accounts', 'holds', 'kyc_submissions'];
const UNMAPPED_KEYS = [
  { table: 'postings', columns: ['trade_id', 'user_id'], target: 'trades', referenced: ['id', 'user_id'] },
  { table: 'ml_predictions', columns: ['model_name', 'model_version'], target: 'ml_models', referenced: ['name', 'version'] },
] as const;

function declareForeignKeys(storage: MetadataStorage): void {
  const byTable = new Map([...storage.getAll().values()].map((meta) => [meta.tableName, meta]));
  for (const meta of byTable.values()) {
    for (const property of meta.props.filter(({ targetMeta }) => OWNED_TABLES.includes(targetMeta?.tableName ?? ''))) {
      const target = property.targetMeta;
      if (target === undefined) continue;
      property.createForeignKeyConstraint = false;
      addForeignKey(meta, target, { columns: [...property.fieldNames, 'user_id'], referenced: ['id', 'user_id'] });
    }
  }
  for (const { table, target, columns, referenced } of UNMAPPED_KEYS) {
    const [meta, targetMeta] = [byTable.get(table), byTable.get(target)];
    if (meta === undefined || targetMeta === undefined) throw new Error(`no entity maps ${table} or ${target}`);
    addForeignKey(meta, targetMeta, { columns: [...columns], referenced: [...referenced] });
  }
}

function addForeignKey(
  meta: EntityMetadata,
  targetMeta: EntityMetadata,
  key: { readonly columns: string[]; readonly referenced: string[] },
): void {
  const typeOf = (column: string): string => meta.props.find((property) => property.fieldNames?.[0] === column)?.columnTypes[0] ?? 'uuid';
  meta.props.push({
    kind: ReferenceKind.MANY_TO_ONE,
    name: key.columns.join('_'),
    fieldNames: key.columns,
    joinColumns: key.columns,
    columnTypes: key.columns.map(typeOf),
    referencedColumnNames: key.referenced,
    referencedTableName: targetMeta.tableName,
    targetMeta,
    createForeignKeyConstraint: true,
  } as EntityProperty);
}
