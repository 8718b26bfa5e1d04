import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

const As = z.email();

export const apiKeyCommand = () =>
  new Command('api-key')
    .description('The keys by which programs act for an investor.')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());

const createCommand = () =>
  commandOf({
    name: 'create',
    description: 'Make a key and print it, once. It may what is named and nothing of the account itself.',
    configure: (command) =>
      asInvestor(command.argument('<name>', 'what its owner knows it by'), 'whose keys')
        .option('--may <permissions>', 'read, write, trade, separated by commas', 'read')
        .option('--days <number>', 'when it ends', '90'),
    input: z.object({
      as: As,
      arguments: z.tuple([z.string().min(1)]),
      may: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(z.enum(['read', 'write', 'trade'])).min(1)),
      days: z.coerce.number().int().min(1).max(366),
    }),
    run: ({ as, arguments: [name], may, days }, context) =>
      actAs(as, context, async (client) => {
        const made = await client.identity.createApiKey.mutate({ name, permissions: may, expiresInDays: days });
        context.output.result(made, [made.key, `May ${made.permissions.join(', ')} until ${made.expiresAt}. It is not shown again.`]);
        return exitCodes.ok;
      }),
  });

const listCommand = () =>
  commandOf({
    name: 'list',
    description: 'List the keys of an investor, the newest first.',
    configure: (command) => asInvestor(command, 'whose keys'),
    input: z.object({ as: As }),
    run: ({ as }, context) =>
      actAs(as, context, async (client) => {
        const list = await client.identity.listApiKeys.query({});
        const rows = list.items.map((key) => [
          key.id,
          key.name,
          `${key.prefix}…`,
          key.permissions.join(','),
          key.state,
          key.expiresAt,
          key.lastUsedAt ?? 'never',
        ]);
        context.output.result(list, table([['id', 'name', 'begins with', 'may', 'state', 'ends', 'last used'], ...rows]));
        return exitCodes.ok;
      }),
  });

const revokeCommand = () =>
  commandOf({
    name: 'revoke',
    description: 'End a key for good: its next call is refused.',
    configure: (command) => asInvestor(command.argument('<id>', 'the id of the key'), 'whose keys'),
    input: z.object({ as: As, arguments: z.tuple([z.uuid()]) }),
    run: ({ as, arguments: [keyId] }, context) =>
      actAs(as, context, async (client) => {
        const answer = await client.identity.revokeApiKey.mutate({ keyId });
        context.output.result(answer, [answer.revoked ? 'The key is revoked.' : 'The key was revoked before.']);
        return exitCodes.ok;
      }),
  });
