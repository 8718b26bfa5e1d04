import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { importFile } from '../bars/import-file.ts';
import type { OperatorDesk } from '../platform/operator-desk.ts';
import { TRACKER } from './demo-plan.ts';

export interface DemoFile {
  /** Where the installed npm package keeps it. */
  readonly file: string;
  /** Whose bars it holds; left out where a column says it. */
  readonly symbol?: string;
  readonly resolution: '1d' | '1mo';
  /** Its last bar, for the instruments that the demo trades. */
  readonly lastDate?: string;
}

const packages = createRequire(import.meta.url);
// Of vega-datasets only the code is exported; its data lie beside it.
const vega = (name: string): string => join(dirname(packages.resolve('vega-datasets')), '../data', name);

export const demoFiles: readonly DemoFile[] = [
  { file: vega('sp500-2000.csv'), symbol: TRACKER, resolution: '1d', lastDate: '2020-04-17' },
  { file: packages.resolve('@observablehq/sample-datasets/aapl.csv'), symbol: 'AAPL', resolution: '1d', lastDate: '2018-05-11' },
  { file: vega('stocks.csv'), resolution: '1mo' },
];

/** By the code of `trii import bars`; a second time finds every bar unchanged. */
export async function importDemoFile({ file, symbol, resolution }: DemoFile, desk: OperatorDesk): Promise<string> {
  const source = basename(file);
  const { counts, rejects } = await importFile(desk, {
    path: file,
    dryRun: false,
    rejects: join(tmpdir(), `${source}.rejects.csv`),
    request: { resolution, symbol, mapping: {}, timeZone: undefined, dateFormat: undefined, decimalComma: false },
  });
  if (counts.rejected > 0) {
    throw new CodedError('DEMO_BROKEN', `${counts.rejected} lines of ${source} were rejected; the reasons are in ${rejects.path ?? ''}.`);
  }
  return `${source}: ${counts.inserted} bars written, ${counts.unchanged} unchanged`;
}
