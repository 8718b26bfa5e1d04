import { randomBytes } from 'node:crypto';
import { type BatchHandler, systemHandlers } from '@trii/domain';
import { newId } from '@trii/kernel';
import { SingleBar, Presets } from 'cli-progress';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table, type Output } from '../output.ts';
import { type OperatorDesk, openOperatorDesk } from '../platform/operator-desk.ts';
import { personalPortsAt } from '../platform/personal-keys.ts';
import { findPlace } from '../platform/place.ts';

const KEY_BYTES = 32;
const { keyStatus, rotateKeys, reindexPhones } = systemHandlers.identity;

export const keysCommand = () =>
  new Command('keys')
    .description('The keys of personal data: each person has a data key, wrapped under a master key outside the database.')
    .addCommand(statusCommand())
    .addCommand(newCommand())
    .addCommand(rotateCommand())
    .addCommand(reindexCommand());

const statusCommand = () =>
  commandOf({
    name: 'status',
    description: 'How many data keys are wrapped under which master key. Exit code 1 while some are not under the current one.',
    input: z.object({}),
    run: (_input, context) => withKeys(context, async ({ desk, current }) => showStatus(desk, current, context.output)),
  });

const newCommand = () =>
  commandOf({
    name: 'new',
    description: 'Print a new key: 32 random bytes as base64url. Nothing is changed or kept.',
    input: z.object({}),
    run: (_input, { output }) => {
      const key = randomBytes(KEY_BYTES).toString('base64url');
      output.result({ key }, [key]);
      return Promise.resolve(exitCodes.ok);
    },
  });

const rotateCommand = () =>
  commandOf({
    name: 'rotate',
    description: 'Wrap every data key under the current master key, the first of PII_MASTER_KEYS. Online; interrupted, run it again.',
    input: z.object({}),
    run: (_input, context) =>
      withKeys(context, async ({ desk, current }) => {
        const { output } = context;
        const status = await desk.executor.run(keyStatus, desk.call({}));
        const due = sum(status.masterKeys.filter(({ masterKeyId }) => masterKeyId !== current));
        const counts = await runBatch(desk, rotateKeys, { output, total: due, counted: 'rewrapped' });
        output.result({ ...counts, masterKeyId: current }, [
          `${counts.rewrapped} data keys are now wrapped under "${current}".`,
          ...complaint(counts),
        ]);
        return counts.unopened === 0 ? exitCodes.ok : exitCodes.failed;
      }),
  });

const reindexCommand = () =>
  commandOf({
    name: 'reindex',
    description:
      'Compute the blind index of every phone number anew, after PII_BLIND_INDEX_KEY was changed. Online; interrupted, run it again.',
    input: z.object({}),
    run: (_input, context) =>
      withKeys(context, async ({ desk }) => {
        const { output } = context;
        const status = await desk.executor.run(keyStatus, desk.call({}));
        const counts = await runBatch(desk, reindexPhones, { output, total: sum(status.masterKeys), counted: 'reindexed' });
        output.result(counts, [`${counts.reindexed} phone numbers are indexed anew.`, ...complaint(counts)]);
        return counts.unopened === 0 ? exitCodes.ok : exitCodes.failed;
      }),
  });

const sum = (keys: readonly { readonly people: number }[]): number => keys.reduce((total, { people }) => total + people, 0);

const complaint = ({ unopened }: { readonly unopened: number }): string[] =>
  unopened === 0
    ? []
    : [`${unopened} keys could not be opened and stay as they are: "trii keys status" names master keys that the ring lacks.`];

interface Keys {
  readonly desk: OperatorDesk;
  readonly current: string;
}

async function withKeys({ output, folder }: CommandContext, work: (keys: Keys) => Promise<ExitCode>): Promise<ExitCode> {
  const { servers } = findPlace(folder);
  const personal = personalPortsAt(folder, servers);
  await using desk = await openOperatorDesk(servers, (text) => output.say(text), personal);
  return await work({ desk, current: await personal.vault.currentMasterKeyId() });
}

async function showStatus(desk: OperatorDesk, current: string, output: Output): Promise<ExitCode> {
  const status = await desk.executor.run(keyStatus, desk.call({}));
  const rows = status.masterKeys.map(({ masterKeyId, people }) => [
    masterKeyId,
    String(people),
    masterKeyId === current ? 'current' : 'rotate',
  ]);
  const waiting = sum(status.masterKeys.filter(({ masterKeyId }) => masterKeyId !== current));
  output.result({ ...status, current }, [
    ...table([['master key', 'people', ''], ...rows]),
    `${status.destroyed} keys are destroyed; ${status.withoutKey} people wait for their first key.`,
    ...(waiting > 0 ? ['Wrap the others under the current one with: trii keys rotate'] : []),
  ]);
  return waiting + status.withoutKey === 0 ? exitCodes.ok : exitCodes.failed;
}

interface Progress {
  readonly output: Output;
  readonly total: number;
  readonly counted: string;
}

/** A bar on the standard error stream where a person watches it; programs get an event a chunk. */
async function runBatch<H extends BatchHandler>(desk: OperatorDesk, handler: H, { output, total, counted }: Progress) {
  const bar = process.stderr.isTTY
    ? new SingleBar(
        { format: '  {bar} {percentage}%  {value} of {total}  {eta_formatted} left', clearOnComplete: true, stream: process.stderr },
        Presets.shades_classic,
      )
    : undefined;
  bar?.start(total, 0);
  const onChunk = (counts: Readonly<Record<string, number>>): void => {
    const done = counts[counted] ?? 0;
    bar?.update(Math.min(done, total));
    if (bar === undefined) output.event({ done, total }, `  ${done} of ${total}`);
  };
  try {
    return await desk.executor.batch(handler, { ...desk.call({ runId: newId() }), onChunk });
  } finally {
    bar?.stop();
  }
}
