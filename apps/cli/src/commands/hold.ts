import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { findPortfolio } from '../portfolio/find-portfolio.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

export const holdCommand = () =>
  new Command('hold')
    .description('Cash and units that are kept for something.')
    .addCommand(listCommand())
    .addCommand(placeCommand())
    .addCommand(releaseCommand());

const listCommand = () =>
  commandOf({
    name: 'list',
    description: 'List what is held in a portfolio, newest first.',
    configure: (command) =>
      asInvestor(command.argument('<portfolio>', 'name or id').option('--all', 'those that ended, too', false), 'who acts'),
    input: z.object({ as: z.email(), all: z.boolean(), arguments: z.tuple([z.string().min(1)]) }),
    run: ({ as, all, arguments: [wanted] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId, name } = await findPortfolio(client, wanted);
        const { items } = await client.portfolio.holds.query({ portfolioId, show: all ? 'all' : 'active' });
        const rows = items.map((hold) => [
          hold.id,
          hold.holder.toLowerCase(),
          hold.status.toLowerCase(),
          `${hold.remainingAmount} of ${hold.amount} ${hold.currency ?? hold.symbol ?? ''}`,
          hold.expiresAt ?? 'never',
          hold.reason,
        ]);
        const header = ['hold', 'for', 'status', 'keeps', 'expires', 'reason'];
        context.output.result({ portfolioId, items }, rows.length === 0 ? [`Nothing is held in "${name}".`] : table([header, ...rows]));
        return exitCodes.ok;
      }),
  });

const placeCommand = () =>
  commandOf({
    name: 'place',
    description: 'Keep cash or units from every other use, until released or expired.',
    configure: (command) =>
      asInvestor(
        command
          .argument('<portfolio>', 'name or id')
          .argument('<amount>', 'of money, or units')
          .argument('<asset>', 'a currency such as USD, or a symbol')
          .requiredOption('--reason <text>', 'what for')
          .option('--until <instant>', 'such as 2030-01-31T12:00:00Z'),
        'who acts',
      ),
    input: z.object({
      as: z.email(),
      reason: z.string().min(1),
      until: z.string().optional(),
      arguments: z.tuple([z.string().min(1), z.string().min(1), z.string().min(1)]),
    }),
    run: ({ as, reason, until, arguments: [wanted, amount, asset] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId, baseCurrency } = await findPortfolio(client, wanted);
        const { items } = await client.cash.limits.query({});
        const isMoney = asset === baseCurrency || items.some(({ currency }) => currency === asset);
        const what = isMoney ? { currency: asset } : { symbol: asset };
        const hold = await client.portfolio.placeHold.mutate({
          portfolioId,
          amount,
          reason,
          ...what,
          ...(until === undefined ? {} : { expiresAt: until }),
        });
        context.output.result(hold, [`${hold.id} keeps ${hold.remainingAmount} ${asset}.`]);
        return exitCodes.ok;
      }),
  });

const releaseCommand = () =>
  commandOf({
    name: 'release',
    description: 'End a hold: what is left of it is available again.',
    configure: (command) => asInvestor(command.argument('<portfolio>', 'name or id').argument('<hold>', 'its id'), 'who acts'),
    input: z.object({ as: z.email(), arguments: z.tuple([z.string().min(1), z.uuid()]) }),
    run: ({ as, arguments: [wanted, holdId] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId } = await findPortfolio(client, wanted);
        const hold = await client.portfolio.releaseHold.mutate({ portfolioId, holdId });
        context.output.result(hold, [`${hold.id} is released.`]);
        return exitCodes.ok;
      }),
  });
