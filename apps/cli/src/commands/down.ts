import { CodedError } from '@trii/kernel';
import { endLeftovers, isRunning, readRun, type RunPart, signalProcess, waitUntilGone } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** Longer than the deadlines of all parts together. */
const DEADLINE_MS = 90_000;

export const downCommand = () =>
  commandOf({
    name: 'down',
    description: 'End the running platform in order, wherever it was started; also what a killed start has left.',
    input: z.object({}),
    run: (_input, context) => down(context),
  });

async function down({ output, folder }: CommandContext): Promise<ExitCode> {
  const run = readRun(folder);
  if (run === undefined || !isRunning(run)) {
    const leftovers: RunPart[] = [];
    await endLeftovers(folder, (part) => leftovers.push(part));
    const names = leftovers.map(({ name }) => name);
    output.result({ ended: false, leftovers: names }, [
      names.length === 0
        ? `Nothing runs from ${folder.dir}.`
        : `The platform was not running; ended what it had left: ${names.join(', ')}.`,
    ]);
    return exitCodes.ok;
  }
  const { pid } = run.supervisor;
  output.say(`Ending the platform (pid ${pid}) …`);
  signalProcess(run.supervisor, 'SIGTERM');
  if (!(await waitUntilGone(run.supervisor, DEADLINE_MS))) {
    throw new CodedError(
      'NOT_ENDED',
      `The platform (pid ${pid}) is still there after ${DEADLINE_MS / 1000} s. End it with "kill -9 ${pid}", then run "trii down" again to clear what it leaves.`,
    );
  }
  await endLeftovers(folder);
  output.result({ ended: true, pid }, ['Everything has ended.']);
  return exitCodes.ok;
}
