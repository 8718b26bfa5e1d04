import { basename } from 'node:path';
import { Command } from 'commander';
import { importFile, sizeOf } from '../bars/import-file.ts';
import { configureImport, ImportInput } from '../bars/import-options.ts';
import { importProgress } from '../bars/import-progress.ts';
import { reportLines, reportValue } from '../bars/import-report.ts';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

export const importCommand = () =>
  new Command('import').description('Bring data of your own into the platform.').addCommand(importBarsCommand());

const importBarsCommand = () =>
  commandOf({
    name: 'bars',
    description: 'Import the bars or closes of a CSV. Safe to run again: what is there already stays, what differs is corrected.',
    configure: configureImport,
    input: ImportInput,
    run: importBars,
  });

async function importBars(input: ImportInput, { output, folder }: CommandContext): Promise<ExitCode> {
  const [path] = input.arguments;
  const totalBytes = await sizeOf(path);
  const { symbolColumn, dryRun, delimiter } = input;
  const progress = importProgress({ output, totalBytes });
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  try {
    const report = await importFile(desk, {
      path,
      dryRun,
      delimiter,
      rejects: input.rejects ?? `${path === '-' ? 'stdin' : basename(path)}.rejects.csv`,
      request: {
        resolution: input.resolution,
        symbol: input.symbol,
        mapping: symbolColumn === undefined ? input.map : { ...input.map, symbol: symbolColumn },
        timeZone: input.timeZone,
        dateFormat: input.dateFormat,
        decimalComma: input.decimalComma,
      },
      onProgress: progress.update,
    });
    progress.stop();
    output.result(reportValue(report, dryRun), reportLines(report, dryRun));
    return input.strict && report.counts.rejected > 0 ? exitCodes.failed : exitCodes.ok;
  } finally {
    progress.stop();
  }
}
