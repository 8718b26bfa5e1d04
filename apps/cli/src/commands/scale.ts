import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { PORTFOLIOS_MAX } from '../scale/load-scale.ts';

const Input = z.object({
  portfolios: z.coerce.number().int().min(200).max(PORTFOLIOS_MAX),
  drawing: z.string().min(1).optional(),
  markdown: z.string().min(1).optional(),
});

export const scaleCommand = () =>
  commandOf({
    name: 'scale',
    description:
      'Measure how the main queries and jobs grow: on servers of its own a hundredth of the portfolios is loaded and measured, then all of them. The servers are removed at the end.',
    configure: (command) =>
      command
        .option('--portfolios <count>', `all of it, from 200 to ${PORTFOLIOS_MAX}`, String(PORTFOLIOS_MAX))
        .option('--drawing <file>', 'also draw it, as an SVG')
        .option('--markdown <file>', 'also write the table as Markdown'),
    input: Input,
    run: scale,
  });

async function scale({ portfolios, drawing, markdown }: z.output<typeof Input>, { output, folder }: CommandContext): Promise<ExitCode> {
  const { drawGrowth, embeddedAdminUrl, growthLines, growthRows, measureGrowth, openBenchServers } = await import('@trii/bench');
  const ending = new AbortController();
  const end = (): void => ending.abort(new CodedError('SCALE_ENDED', 'The measurement was ended before it was done.'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const onStep = (step: string): void => output.event({ step }, `  ${step}`);
  // Never the servers of the environment: gigabytes of made-up investors belong into a database of their own.
  await using servers = await openBenchServers({ dir: join(folder.dir, 'scale'), given: undefined, onStep });
  const report = await measureGrowth({
    place: servers,
    adminUrl: embeddedAdminUrl(servers),
    database: servers.database,
    portfolios,
    signal: ending.signal,
    onStep,
    onMeasured: ({ name, milliseconds, ...at }) =>
      output.event({ ...at, name, milliseconds }, `    ${name}: ${milliseconds.toFixed(2)} ms`),
  });
  if (drawing !== undefined) writeFileSync(drawing, drawGrowth(report));
  if (markdown !== undefined) writeFileSync(markdown, `${growthRows(report).join('\n')}\n`);
  output.result(report, ['', ...growthLines(report)]);
  return exitCodes.ok;
}
