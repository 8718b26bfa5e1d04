import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchPlace, BenchSize, Claim, Measure, OpenClaim } from '../claim.ts';
import { timed } from '../claim.ts';
import { type BarFiles, dailyShape, intradayDays, intradayShape, type SeriesShape, writeBarFiles } from './bar-files.ts';
import { type BarTable, openBarTable } from './bar-table.ts';
import { type ImportDesk, openImportDesk } from './import-desk.ts';

const TARGET = 0.8;

/** A price file into the platform, beside what PostgreSQL itself takes of the same bars when nothing has to be read, judged or recorded. */
export const importClaim: Claim = {
  name: 'import',
  ours: "the platform's import of a CSV: read, every line judged, symbols looked up, 50,000 bars to a transaction, progress and audit rows",
  bare: "one COPY of the same bars, already in COPY's text, into the same table (partitions, primary key) by the same login over pg-copy-streams",
  open: openImport,
};

interface Series {
  readonly shape: SeriesShape;
  readonly resolution: '1d' | '1m';
  readonly table: 'daily_bars' | 'market_data';
}

const series: readonly Series[] = [
  { shape: dailyShape, resolution: '1d', table: 'daily_bars' },
  { shape: intradayShape, resolution: '1m', table: 'market_data' },
];

async function openImport(place: BenchPlace, size: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const desk = stack.use(await openImportDesk(place.servers));
  const folder = join(place.folder.dir, 'bars');
  mkdirSync(folder, { recursive: true });
  const measures: Measure[] = [];
  for (const one of series) {
    const table = stack.use(await openBarTable(place.servers, one.table));
    if (one.table === 'market_data') await table.makeDays(intradayDays);
    const periods = one.shape.periods().length;
    const instruments = await desk.list(Math.max(1, Math.round(size.bars / periods)));
    const files = writeBarFiles({ folder, shape: one.shape, instruments, perInstrument: Math.min(periods, size.bars) });
    measures.push(...measuresOf(one, { desk, table, files }));
  }
  const held = stack.move();
  return { measures, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface Parts {
  readonly desk: ImportDesk;
  readonly table: BarTable;
  readonly files: BarFiles;
}

function measuresOf({ shape, resolution }: Series, { desk, table, files }: Parts): Measure[] {
  const { rows } = files;
  const copy = async () => {
    await table.empty();
    const sample = await timed(rows, () => table.copy(files.copyText));
    await table.assertRows(rows);
    return sample;
  };
  const first = async () => {
    await table.empty();
    const sample = await timed(rows, () => desk.import({ path: files.csv, resolution, expected: { inserted: rows } }));
    await table.assertRows(rows);
    return sample;
  };
  const again = () => timed(rows, () => desk.import({ path: files.csv, resolution, expected: { unchanged: rows } }));
  return [
    { name: `${shape.name} bars, into an empty table`, unit: 'rows', target: TARGET, ours: first, bare: copy },
    // Each COPY leaves the very rows that the next import then finds.
    { name: `${shape.name} bars, again: all there, unchanged`, unit: 'rows', target: null, ours: again, bare: copy },
  ];
}
