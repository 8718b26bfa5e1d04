import { market } from '@trii/contract';
import { handlers } from '@trii/domain';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

const { type, exchangeCode, currencyCode } = market.listInstrument.input.shape;

const Input = z.object({
  arguments: z.tuple([market.listInstrument.input.shape.symbol]),
  name: market.listInstrument.input.shape.name,
  description: market.listInstrument.input.shape.description,
  type,
  exchange: exchangeCode,
  currency: currencyCode,
});

export const instrumentCommand = () =>
  new Command('instrument').description('What the platform can hold and price.').addCommand(addCommand());

const addCommand = () =>
  commandOf({
    name: 'add',
    description: 'List an instrument, so that its bars can be imported and its trades recorded.',
    configure: (command) =>
      command
        .argument('<symbol>', 'such as AAPL')
        .requiredOption('--name <name>', 'what it is called')
        .option('--description <text>', 'more about it')
        .option('--type <type>', type.options.join(', '), 'STOCK')
        .option('--exchange <code>', `whose sessions count: ${exchangeCode.options.join(', ')}`, 'XNYS')
        .option('--currency <code>', 'ISO 4217', 'USD'),
    input: Input,
    run: add,
  });

async function add(input: z.output<typeof Input>, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const { name, description, type, exchange, currency } = input;
  const [symbol] = input.arguments;
  const listed = { symbol, name, description, type, exchangeCode: exchange, currencyCode: currency };
  const instrument = await desk.executor.run(handlers.market.listInstrument, desk.call(listed));
  output.result(instrument, [
    `${symbol} is listed (${instrument.id}). Import its prices with: trii import bars FILE --symbol ${symbol} --resolution 1d`,
  ]);
  return exitCodes.ok;
}
