import { handlers } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { platform } from '@trii/contract';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { duration } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { deadCommand, redriveCommand } from './job-dead.ts';

const POLL_MS = 250;
const SAY_EVERY_MS = 2_000;

const Input = z.object({
  wait: z.boolean(),
  timeout: z.coerce.number().int().min(1).max(3600),
  arguments: z.tuple([platform.RequestableJob]),
});

export const jobCommand = () =>
  new Command('job')
    .description('Start jobs and watch them.')
    .addCommand(runCommand())
    .addCommand(deadCommand())
    .addCommand(redriveCommand());

const runCommand = () =>
  commandOf({
    name: 'run',
    description: 'Start a scheduled job now; it runs in the workers like any other.',
    configure: (command) =>
      command
        .argument('<job>', platform.RequestableJob.options.join(', '))
        .option('--no-wait', 'do not wait until it is done')
        .option('--timeout <seconds>', 'give up waiting after this long', '300'),
    input: Input,
    run,
  });

async function run({ arguments: [job], wait, timeout }: z.output<typeof Input>, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const progress = () => desk.executor.run(handlers.platform.jobProgress, desk.call({}));
  const { eventId } = await desk.executor.run(handlers.platform.requestJob, desk.call({ job }));
  if (!wait) {
    output.result({ job, eventId }, [
      `${job} is asked for (event ${eventId}); the workers' log and "trii job run" without --no-wait tell how it goes.`,
    ]);
    return exitCodes.ok;
  }
  const start = performance.now();
  let saidAt = start;
  for (let now = start; now - start < timeout * 1000; now = performance.now()) {
    const state = await progress();
    if (state.pending === 0 && state.relayed === 0) {
      output.result({ job, eventId, ...state, milliseconds: Math.round(now - start) }, [
        `${job} ended after ${duration(now - start)}; ${state.duePortfolios} portfolios are still due${state.dead > 0 ? `, ${state.dead} deliveries gave up` : ''}.`,
      ]);
      return state.duePortfolios === 0 && state.dead === 0 ? exitCodes.ok : exitCodes.failed;
    }
    if (now - saidAt > SAY_EVERY_MS) {
      saidAt = now;
      output.event({ ...state }, `  ${state.duePortfolios} portfolios due, ${state.pending + state.relayed} jobs under way`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new CodedError(
    'JOB_LATE',
    `${job} is not done after ${timeout} s. "trii status" shows whether the workers run; their log says what they do.`,
  );
}
