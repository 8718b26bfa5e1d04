import { Migration, Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import type { Pool } from 'pg';
import { migrationFiles } from './migration-files.ts';
import type { MigrationFile, SeriesEngine } from './migration-files.ts';

export interface MigrateOptions {
  readonly ownerUrl: string;
  /** The last migration to run, by its name: the state of an earlier release. */
  readonly upTo?: string;
  readonly onStep?: (step: string) => void;
}

/** Brings the database up to date. Two at once: the second waits, then finds nothing to do. Returns the names of what it ran. */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const lock = new Client({ connectionString: options.ownerUrl, application_name: 'trii-migrate' });
  await lock.connect();
  try {
    const engine = await lockMigrations(lock);
    options.onStep?.(`series engine: ${engine}`);
    return await withMigrator({ ...options, engine }, async (orm) => {
      orm.migrator.on('migrating', ({ name }) => options.onStep?.(`migrating ${name}`));
      return (await orm.migrator.up(options.upTo === undefined ? undefined : { to: options.upTo })).map(({ name }) => name);
    });
  } finally {
    await lock.end();
  }
}

/** Keeps other migrations out for as long as the connection lives, and says which series engine they are for. */
export async function lockMigrations(client: Client): Promise<SeriesEngine> {
  // Waiting for another migration may take longer than the owner's lock_timeout allows.
  await client.query("SET lock_timeout = 0; SELECT pg_advisory_lock(hashtext('trii-migrate'))");
  return seriesEngine(client);
}

/** Names of the migrations that have not run yet, oldest first. */
export async function pendingMigrations(options: Pick<MigrateOptions, 'ownerUrl'>): Promise<string[]> {
  const client = new Client({ connectionString: options.ownerUrl, application_name: 'trii-migrate' });
  await client.connect();
  try {
    const engine = await seriesEngine(client);
    return await withMigrator({ ...options, engine }, async (orm) => (await orm.migrator.getPending()).map(({ name }) => name));
  } finally {
    await client.end();
  }
}

/** Chosen once, at the first migration, and then kept in the database: TimescaleDB where its community build is there, else native partitions. */
async function seriesEngine(client: Client): Promise<SeriesEngine> {
  const chosen = await client.query<{ chosen: boolean }>("SELECT to_regprocedure('public.series_engine()') IS NOT NULL AS chosen");
  if (chosen.rows[0]?.chosen === true) {
    const kept = await client.query<{ engine: SeriesEngine }>('SELECT public.series_engine() AS engine');
    return kept.rows[0]?.engine ?? 'native';
  }
  return (await offersTimescale(client)) ? 'timescale' : 'native';
}

/** The Apache-only build lacks continuous aggregates, columnstore and policies, so it counts as absent. */
export async function offersTimescale(client: Client): Promise<boolean> {
  const offered = await client.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'");
  if (offered.rowCount === 0) return false;
  const license = await client.query<{ license: string | null }>("SELECT current_setting('timescaledb.license', true) AS license");
  return license.rows[0]?.license === 'timescale';
}

async function withMigrator<T>(
  options: MigrateOptions & { readonly engine: SeriesEngine },
  run: (orm: MikroORM) => Promise<T>,
): Promise<T> {
  // A migration that copes with something missing says so in a warning, which must not end in a driver's silence.
  const onPoolCreated = (pool: Pool): void => {
    pool.on('connect', (client) => {
      client.on('notice', ({ severity, message }) => {
        if (severity === 'WARNING') options.onStep?.(`warning: ${message ?? ''}`);
      });
    });
  };
  const orm = await MikroORM.init({
    clientUrl: options.ownerUrl,
    // Migrations are plain SQL: they need no entity, and none is loaded.
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    pool: { max: 2 },
    ensureDatabase: false,
    driverOptions: { onPoolCreated },
    migrations: { snapshot: false, allOrNothing: false, silent: true, migrationsList: migrationFiles(options.engine).map(asMigration) },
  });
  try {
    return await run(orm);
  } finally {
    await orm.close();
  }
}

const asMigration = (file: MigrationFile) => ({
  name: file.name,
  class: class extends Migration {
    override up() {
      for (const statement of file.statements) this.addSql(statement);
    }
    override isTransactional() {
      return file.transactional;
    }
  },
});
