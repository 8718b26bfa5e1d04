import { readdirSync, readFileSync } from 'node:fs';

export type SeriesEngine = 'native' | 'timescale';

export interface MigrationFile {
  /** The file's name without engine and extension: what the database remembers. */
  readonly name: string;
  readonly statements: readonly string[];
  readonly transactional: boolean;
}

const DIRECTORY = new URL('../migrations/', import.meta.url);
const FILE = /^(\d{4}_[a-z0-9_]+)(?:\.(native|timescale))?\.sql$/;

/** One migration by its name. @throws Error when there is none */
export function readMigration(name: string, engine: SeriesEngine): MigrationFile {
  const file = migrationFiles(engine).find((migration) => migration.name === name);
  if (file === undefined) throw new Error(`there is no migration ${name}`);
  return file;
}

/** All migrations in order; of one that exists per series engine, the engine's. */
export function migrationFiles(engine: SeriesEngine): MigrationFile[] {
  const files: MigrationFile[] = [];
  for (const file of readdirSync(DIRECTORY).toSorted()) {
    const match = FILE.exec(file);
    if (match?.[1] === undefined)
      throw new Error(`db/migrations/${file}: a migration is called 0001_what_it_does.sql, or .native.sql and .timescale.sql`);
    if (match[2] !== undefined && match[2] !== engine) continue;
    const sql = readFileSync(new URL(file, DIRECTORY), 'utf8');
    // What cannot run in a transaction runs statement by statement: there each ends with a semicolon at the end of a line, and nothing is dollar-quoted.
    const transactional = !sql.startsWith('-- no-transaction');
    const statements = transactional ? [sql] : sql.split(/;\s*\n/).filter((statement) => statement.trim() !== '');
    files.push({ name: match[1], statements, transactional });
  }
  return files;
}
