import { handlers } from '@trii/domain';
import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

export const personCommand = () => new Command('person').description('What an operator does with one person.').addCommand(eraseCommand());

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
