import type { OutputOf } from '@trii/contract';
import { handlers } from '@trii/domain';
import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { personExportCommand } from './person-export.ts';
import { findPlace } from '../platform/place.ts';

export const personCommand = () =>
  new Command('person')
    .description('What an operator does with one person.')
    .addCommand(eraseCommand())
    .addCommand(personExportCommand())
    .addCommand(
      actCommand({
        name: 'close',
        description: 'Close an account for now: its sessions end at once and nobody signs in to it. What it holds stays.',
        handler: handlers.identity.deactivate,
        said: ({ endedSessions }) => `is closed; ${endedSessions} sessions ended.`,
      }),
    )
    .addCommand(
      actCommand({
        name: 'open',
        description: 'Open an account again that was closed.',
        handler: handlers.identity.reactivate,
        said: () => 'is open.',
      }),
    )
    .addCommand(
      actCommand({
        name: 'suspend',
        description: 'Let an investor trade no more for now.',
        handler: handlers.identity.suspendInvestor,
        said: ({ suspendedAt }) => `may not trade since ${suspendedAt}.`,
      }),
    )
    .addCommand(
      actCommand({
        name: 'resume',
        description: 'Let an investor trade again who was suspended.',
        handler: handlers.identity.resumeInvestor,
        said: () => 'may trade.',
      }),
    );

type Act =
  | typeof handlers.identity.deactivate
  | typeof handlers.identity.reactivate
  | typeof handlers.identity.suspendInvestor
  | typeof handlers.identity.resumeInvestor;

interface ActOptions<H extends Act> {
  readonly name: string;
  readonly description: string;
  readonly handler: H;
  /** What is told after the id. */
  readonly said: (view: OutputOf<H['declaration']>) => string;
}

/** What is done to an account for a reason, which stands in that person's trail. */
const actCommand = <H extends Act>({ name, description, handler, said }: ActOptions<H>) =>
  commandOf({
    name,
    description,
    configure: (command) =>
      command.argument('<id>', 'the id of the user').requiredOption('--reason <text>', 'why: kept in the audit; names nobody'),
    input: z.object({ arguments: z.tuple([z.uuid()]), reason: z.string() }),
    run: async ({ arguments: [userId], reason }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const view = await desk.executor.run(handler, desk.call({ userId, reason }));
      output.result(view, [`${userId} ${said(view)}`]);
      return exitCodes.ok;
    },
  });

const eraseCommand = () =>
  commandOf({
    name: 'erase',
    description:
      'Erase a person for good: destroy their data key, address and sessions. Ledger and audit keep their rows. Refused while they hold anything.',
    configure: (command) => command.argument('<id>', 'the id of the user'),
    input: z.object({ arguments: z.tuple([z.uuid()]) }),
    run: async ({ arguments: [userId] }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const erased = await desk.executor.run(handlers.identity.erasePerson, desk.call({ userId }));
      output.result(erased, [erased.isNew ? `${userId} is erased.` : `${userId} was erased before.`]);
      return exitCodes.ok;
    },
  });
