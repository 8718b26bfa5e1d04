import { cash } from '@trii/contract';
import { handlers, systemHandlers } from '@trii/domain';
import type { Outputs } from '@trii/client';
import { newId } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { findPortfolio } from '../portfolio/find-portfolio.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

export const accrualsCommand = () =>
  new Command('accruals')
    .description('Interest on cash and the advisory fee: what has accrued, what was posted, at what rate.')
    .addCommand(listCommand())
    .addCommand(ratesCommand())
    .addCommand(setCommand())
    .addCommand(postCommand());

const listCommand = () =>
  commandOf({
    name: 'list',
    description: 'What has accrued in a portfolio since the last month that was posted, and the last postings.',
    configure: (command) => asInvestor(command.argument('[portfolio]', 'name or id; the newest when left out')),
    input: z.object({ as: z.email(), arguments: z.array(z.string().min(1)).max(1) }),
    run: ({ as, arguments: [wanted] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId, name } = await findPortfolio(client, wanted);
        const { items } = await client.cash.accruals.query({ portfolioId });
        context.output.result({ portfolioId, items }, items.length === 0 ? [`Nothing accrues in "${name}".`] : items.flatMap(linesOf));
        return exitCodes.ok;
      }),
  });

function linesOf(item: Outputs['cash']['accruals']['items'][number]): string[] {
  const { kind, currency, since, through, accrued, carried, unpaid, dayCount, tiers, postings } = item;
  const rate = dayCount === null ? 'no rate today' : `${slicesText(tiers)} a year, ${dayCount}`;
  return [
    `${nameOf(kind)} in ${currency}: ${accrued} from ${since} to ${through}, ${carried} carried${Number(unpaid) === 0 ? '' : ` (${unpaid} unpaid)`}; ${rate}`,
    ...postings.map((posting) => `  ${posting.through}  ${posting.amount}`),
  ];
}

const nameOf = (kind: z.output<typeof cash.AccrualKind>): string => (kind === 'INTEREST' ? 'interest' : 'advisory fee');

const slicesText = (tiers: z.output<typeof cash.AccrualRateView>['tiers']): string =>
  tiers.length === 0
    ? 'nothing'
    : tiers
        .map(({ upTo, bps }) => `${Number(bps) / 100} %${upTo === null ? (tiers.length > 1 ? ' beyond' : '') : ` up to ${upTo}`}`)
        .join(', ');

const ratesCommand = () =>
  commandOf({
    name: 'rates',
    description: 'What cash earns and what advice costs, by kind, currency and day.',
    configure: (command) => asInvestor(command),
    input: z.object({ as: z.email(), arguments: z.tuple([]) }),
    run: ({ as }, context) =>
      actAs(as, context, async (client) => {
        const { items } = await client.cash.accrualRates.query({});
        const rows = items.map(({ kind, currency, validFrom, dayCount, tiers }) => [
          nameOf(kind),
          currency,
          validFrom,
          dayCount,
          slicesText(tiers),
        ]);
        context.output.result(
          { items },
          rows.length === 0 ? ['Nothing accrues.'] : table([['what', 'currency', 'from', 'days', 'a year'], ...rows]),
        );
        return exitCodes.ok;
      }),
  });

const Slices = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.string().regex(/^(\d+(\.\d+)?:)?\d+(\.\d+)?$/, 'such as 250, or 10000:250,100')))
  .transform((parts) =>
    parts.map((part) => {
      const [first = '', second] = part.split(':');
      return second === undefined ? { upTo: null, bps: first } : { upTo: first, bps: second };
    }),
  );

const setCommand = () =>
  commandOf({
    name: 'set',
    description: 'Say what cash earns, or advice costs, from a day of an open month on.',
    configure: (command) =>
      command
        .argument('<kind>', 'interest or advisory-fee')
        .argument('<currency>', 'ISO 4217, such as USD')
        .argument('<bps>', 'hundredths of a percent a year; by slices as 10000:250,100 (250 up to 10,000, 100 beyond); 0 for nothing')
        .requiredOption('--from <date>', 'the first day it holds')
        .option('--day-count <convention>', cash.AccrualDayCount.options.join(' or '), 'act/365f'),
    input: z.object({
      arguments: z.tuple([z.enum(['interest', 'advisory-fee']), z.string(), Slices]),
      from: z.string(),
      dayCount: cash.AccrualDayCount,
    }),
    run: async ({ arguments: [what, currency, tiers], from: validFrom, dayCount }, { output, folder }) => {
      const kind = what === 'interest' ? 'INTEREST' : 'ADVISORY_FEE';
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const rate = await desk.executor.run(
        handlers.cash.setAccrualRate,
        desk.call({ kind, currency, validFrom, dayCount, tiers }, newId()),
      );
      output.result(rate, [
        `${nameOf(kind)} in ${currency} from ${rate.validFrom} on: ${slicesText(rate.tiers)} a year, ${rate.dayCount}.`,
      ]);
      return exitCodes.ok;
    },
  });

const postCommand = () =>
  commandOf({
    name: 'post',
    description: 'Ask the workers to post the month that ended now, instead of within a minute.',
    input: z.object({ arguments: z.tuple([]) }),
    run: async (_, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const result = await desk.executor.run(systemHandlers.cash.dispatchAccruals, desk.call({}, newId()));
      output.result(result, [`Up to ${result.through}: ${result.shards.length} jobs asked for.`]);
      return exitCodes.ok;
    },
  });
