import { monitoring } from '@trii/contract';
import { handlers } from '@trii/domain';
import { Command } from 'commander';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { byteSize } from '../monitoring/figures.ts';
import { connectionsPage, growthPage, sizesPage, slowQueriesPage } from '../monitoring/monitoring-pages.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

const Limit = z.coerce.number().pipe(monitoring.tableSizes.input.shape.limit.unwrap());
const { orderBy, limit: SlowLimit } = monitoring.slowQueries.input.shape;

export const monitorCommand = () =>
  new Command('monitor')
    .description('Look at how the database itself is doing.')
    .addCommand(sizesCommand())
    .addCommand(connectionsCommand())
    .addCommand(slowCommand())
    .addCommand(growthCommand())
    .addCommand(sampleCommand());

const sizesCommand = () =>
  commandOf({
    name: 'sizes',
    description: 'Tables by size, partitions, chunks and compressed data with their table.',
    configure: (command) => command.option('--limit <n>', 'how many', '25'),
    input: z.object({ limit: Limit }),
    run: async ({ limit }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const found = await desk.executor.run(handlers.monitoring.tableSizes, desk.call({ limit }));
      output.result(found, sizesPage(found));
      return exitCodes.ok;
    },
  });

const connectionsCommand = () =>
  commandOf({
    name: 'connections',
    description: 'Who is connected to the database, in which state and for how long.',
    configure: (command) => command.option('--limit <n>', 'how many lines', '50'),
    input: z.object({ limit: Limit }),
    run: async ({ limit }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const found = await desk.executor.run(handlers.monitoring.connections, desk.call({ limit }));
      output.result(found, connectionsPage(found));
      return exitCodes.ok;
    },
  });

const slowCommand = () =>
  commandOf({
    name: 'slow',
    description: 'Statements of this database by the time they took.',
    configure: (command) =>
      command
        .option('--by <order>', 'mean: the slowest one by one; total: what costs most in all', 'mean')
        .option('--limit <n>', 'how many', '10'),
    input: z.object({ by: orderBy, limit: z.coerce.number().pipe(SlowLimit.unwrap()) }),
    run: async ({ by, limit }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const found = await desk.executor.run(handlers.monitoring.slowQueries, desk.call({ orderBy: by, limit }));
      output.result(found, slowQueriesPage(found));
      return exitCodes.ok;
    },
  });

/** A date stands for its first moment in UTC. */
const Moment = z.union([monitoring.growth.input.shape.from.unwrap(), z.iso.date().transform((date) => `${date}T00:00:00Z`)]).optional();

const growthCommand = () =>
  commandOf({
    name: 'growth',
    description: 'How tables grew between two samples, or since one until now.',
    configure: (command) =>
      command
        .option('--from <instant>', 'a date or an instant such as 2026-11-01T12:00:00Z (default: a week ago)')
        .option('--to <instant>', 'likewise (default: now)')
        .option('--limit <n>', 'how many tables', '25'),
    input: z.object({ from: Moment, to: Moment, limit: Limit }),
    run: async (input, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const found = await desk.executor.run(handlers.monitoring.growth, desk.call(input));
      output.result(found, growthPage(found));
      return exitCodes.ok;
    },
  });

const sampleCommand = () =>
  commandOf({
    name: 'sample',
    description: 'Take a sample of all table sizes now, beside the one a day that the workers take.',
    input: z.object({}),
    run: async (_input, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const taken = await desk.executor.run(handlers.monitoring.sample, desk.call({}));
      output.result(taken, [`${taken.sampledAt}: ${taken.tables} tables, ${byteSize(taken.bytes)}.`]);
      return exitCodes.ok;
    },
  });
