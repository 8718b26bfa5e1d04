import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** One table of the export: rows as COPY's text has them. */
export interface KeptTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly lines: readonly string[];
}

export function readKeptExport(): KeptTable[] {
  const whole = gunzipSync(readFileSync(new URL('first-release.copy.gz', import.meta.url))).toString('utf8');
  return whole
    .split(/^\\\.\n/m)
    .filter((section) => section.trim() !== '')
    .map((section) => {
      const [head = '', ...lines] = section.trimStart().replace(/\n$/, '').split('\n');
      const match = /^COPY (?<name>\w+) \((?<columns>[^)]+)\) FROM stdin;$/.exec(head);
      if (match?.groups === undefined) throw new Error(`the export has a section that begins with "${head.slice(0, 80)}"`);
      return { name: match.groups['name'] ?? '', columns: (match.groups['columns'] ?? '').split(', '), lines };
    });
}

/** A table's rows by column, as text; `\N` is null. */
export const rowsOf = (tables: readonly KeptTable[], name: string): Record<string, string | null>[] => {
  const table = tables.find((kept) => kept.name === name);
  if (table === undefined) throw new Error(`the export has no ${name}`);
  return table.lines.map((line) => {
    const values = line.split('\t');
    return Object.fromEntries(table.columns.map((column, index) => [column, values[index] === '\\N' ? null : (values[index] ?? null)]));
  });
};

/** As a restore does it: without triggers, which would count again what the rows say already, and in any order of tables. */
export async function loadKeptExport(admin: ClientBase, tables: readonly KeptTable[]): Promise<void> {
  await admin.query('BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM valuation_clock');
  for (const { name, columns, lines } of tables) {
    const sink = admin.query(copyFrom(`COPY ${name} (${columns.join(', ')}) FROM STDIN`));
    await pipeline(Readable.from(lines.map((line) => `${line}\n`)), sink);
  }
  await admin.query("SELECT setval(pg_get_serial_sequence('outbox', 'sequence'), (SELECT max(sequence) FROM outbox))");
  await admin.query('COMMIT');
}

const packages = createRequire(import.meta.url);
const vega = join(dirname(packages.resolve('vega-datasets')), '../data/sp500-2000.csv');

/** The prices that the demo traded at, from where it took them; none is kept here. */
export async function loadDemoBars(admin: ClientBase, tables: readonly KeptTable[]): Promise<void> {
  for (const [symbol, file] of [
    ['DEMO500', vega],
    ['AAPL', packages.resolve('@observablehq/sample-datasets/aapl.csv')],
  ] as const) {
    const id = rowsOf(tables, 'instruments').find((instrument) => instrument['symbol'] === symbol)?.['id'];
    const bars = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const lines = bars.map(([date, open, high, low, close, , volume]) =>
      [id, date, open, high, low, close, volume?.trim(), 'kept'].join('\t'),
    );
    const sink = admin.query(copyFrom('COPY daily_bars (instrument_id, session_date, open, high, low, close, volume, source) FROM STDIN'));
    await pipeline(Readable.from(lines.map((line) => `${line}\n`)), sink);
  }
}
