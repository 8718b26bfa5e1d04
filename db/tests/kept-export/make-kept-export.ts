import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { DEMO_PASSWORD, NEWEST_MIGRATION, PASSWORD_PEPPER } from './identity.ts';

// Makes first-release.copy.gz anew: checks out a commit of that release beside this one, lets its own `trii up` load the demo into a new data
// folder, and copies the tables out. See README.md beside this file.

/** Prices are not ours to keep: the demo reads them from npm packages, and so does the test. The migrator's own table is the migrations' to write. */
const LEFT_OUT = /^(?:daily_bars|market_|mikro_orm_)/;
const READY_MS = 180_000;

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error(`Name a commit whose newest migration is ${NEWEST_MIGRATION}.`);
const scratch = mkdtempSync(join(tmpdir(), 'trii-kept-export-'));
const [checkout, dataDir] = [join(scratch, 'checkout'), join(scratch, 'data')];
const run = (program: string, ...args: string[]) => execFileSync(program, args, { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'] });

execFileSync('git', ['worktree', 'add', '--detach', checkout, commit], { stdio: ['ignore', 'ignore', 'inherit'] });
try {
  run('pnpm', 'install', '--frozen-lockfile', '--prefer-offline');
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, 'secrets.json'), JSON.stringify({ demo_password: DEMO_PASSWORD, password_pepper: PASSWORD_PEPPER }), {
    mode: 0o600,
  });
  const up = spawn(process.execPath, ['apps/cli/src/main.ts', 'up', '--json', '--data-dir', dataDir], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await ready(up.stdout);
    const copied = await copyTables();
    writeFileSync(new URL('first-release.copy.gz', import.meta.url), gzipSync(copied, { level: 9 }));
  } finally {
    up.kill('SIGTERM');
    await new Promise((resolve) => up.once('exit', resolve));
  }
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', checkout]);
  rmSync(scratch, { recursive: true, force: true });
}

async function ready(output: NodeJS.ReadableStream): Promise<void> {
  const lines = createInterface({ input: output });
  await Promise.race([
    new Promise((resolve) => lines.on('line', (line) => line.includes('"ready":true') && resolve(line))),
    new Promise((_, reject) => setTimeout(() => reject(new Error('trii up was not ready in time')), READY_MS).unref()),
  ]);
}

/** Every table as `COPY name (columns) FROM stdin;`, its rows, and `\.`, in the order of their names. */
async function copyTables(): Promise<string> {
  const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { readonly postgres: string };
  const { parts } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as {
    readonly parts: readonly { readonly name: string; readonly port: number }[];
  };
  const port = parts.find(({ name }) => name === 'postgres')?.port;
  const client = new Client({ host: '127.0.0.1', port: port ?? 0, user: 'postgres', password: secrets.postgres, database: 'trii' });
  await client.connect();
  // One moment for all of it, printed alike everywhere.
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'");
  await requireState(client);
  const { rows } = await client.query<{ name: string; columns: string }>(
    `SELECT c.relname AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     GROUP BY c.relname ORDER BY c.relname`,
  );
  const sections: string[] = [];
  for (const { name, columns } of rows.filter((table) => !LEFT_OUT.test(table.name))) {
    const copied = await text(client.query(copyTo(`COPY (SELECT ${columns} FROM ${name} ORDER BY 1, 2) TO STDOUT`)));
    if (copied !== '') sections.push(`COPY ${name} (${columns}) FROM stdin;\n${copied}\\.\n`);
  }
  await client.end();
  return sections.join('\n');
}

async function requireState(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM mikro_orm_migrations ORDER BY name DESC LIMIT 1');
  if (rows[0]?.name !== NEWEST_MIGRATION)
    throw new Error(`the newest migration there is ${rows[0]?.name ?? 'none'}, not ${NEWEST_MIGRATION}`);
}
