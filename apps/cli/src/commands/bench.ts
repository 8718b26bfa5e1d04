import { join } from 'node:path';
import { CodedError } from '@trii/kernel';
import { givenServers } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

const Input = z.object({ rounds: z.coerce.number().int().min(1).max(100), arguments: z.array(z.string()) });

export const benchCommand = () =>
  commandOf({
    name: 'bench',
    description:
      'Measure what the project claims, each beside its bare limit in the same run. The exit code says whether it ran, not whether a target was met.',
    configure: (command) =>
      command
        .argument('[claims...]', 'import, query, job, series, personal-data, authentication, postings; all when left out')
        .option('--rounds <count>', 'pairs of samples after the warm-up; a claim needs at least 5', '5'),
    input: Input,
    run: bench,
  });

async function bench(input: z.output<typeof Input>, { output, folder }: CommandContext): Promise<ExitCode> {
  // Loaded when asked for: the other commands do without it, and so does whoever ships them.
  const { claims, fullSize, openBenchServers, reportLines, runBench } = await import('@trii/bench');
  const names = claims.map(({ name }) => name);
  const unknown = input.arguments.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new CodedError('UNKNOWN_CLAIM', `There is no claim "${unknown}"; there are ${names.join(', ')}.`);
  const asked = claims.filter(({ name }) => input.arguments.length === 0 || input.arguments.includes(name));

  const ending = new AbortController();
  const end = (): void => ending.abort(new CodedError('BENCH_ENDED', 'The bench was ended before it was done.'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // On the disk that `npm start` writes to: a temporary folder may be memory, where a commit costs nothing.
  await using servers = await openBenchServers({
    dir: join(folder.dir, 'bench'),
    given: givenServers(),
    onStep: (step) => output.say(`  ${step}`),
  });
  const report = await runBench({
    claims: asked,
    place: servers,
    database: servers.database,
    size: fullSize,
    rounds: input.rounds,
    signal: ending.signal,
    onProgress: ({ claim, measure, round, ours, bare }) =>
      output.event(
        { claim, measure, round, ours, bare },
        `  ${claim}, ${measure}: round ${round}, ${Math.round(ours)} beside ${Math.round(bare)} a second, ${(ours / bare).toFixed(2)}`,
      ),
  });
  output.result(report, ['', ...reportLines(report)]);
  return exitCodes.ok;
}
