import { market, portfolio } from '@trii/contract';
import { handlers, systemHandlers } from '@trii/domain';
import { newId } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

export const actionCommand = () =>
  new Command('action')
    .description('Corporate actions: dividends, splits, new symbols, spin-offs, delistings.')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(cancelCommand())
    .addCommand(takeBackCommand())
    .addCommand(applyCommand());

const Ratio = z
  .string()
  .regex(/^\d{1,9}:\d{1,9}$/, 'two whole numbers such as 7:1')
  .transform((text) => text.split(':').map(Number));

const AddInput = z.object({
  arguments: z.tuple([z.string()]),
  kind: market.ActionKind,
  ex: z.string(),
  record: z.string().optional(),
  pay: z.string().optional(),
  amount: z.string().optional(),
  currency: z.string().optional(),
  withholding: z.coerce.number().optional(),
  ratio: Ratio.optional(),
  fractionPrice: z.string().optional(),
  to: z.string().optional(),
  cost: Ratio.optional(),
});

const addCommand = () =>
  commandOf({
    name: 'add',
    description: 'Enter a corporate action. The workers apply it on its day.',
    configure: (command) =>
      command
        .argument('<symbol>', 'such as AAPL')
        .requiredOption('--kind <kind>', market.ActionKind.options.join(', '))
        .requiredOption('--ex <date>', 'from this day on it trades without, or after, what is announced')
        .option('--record <date>', 'the record date')
        .option('--pay <date>', 'dividend: when it is paid (default: the ex date)')
        .option('--amount <decimal>', 'dividend for each unit, or the last price of what is delisted')
        .option('--currency <code>', "of the amount (default: the instrument's)")
        .option('--withholding <percent>', 'dividend: tax withheld at the source')
        .option('--ratio <new:old>', 'split or spin-off: 7:1 is seven new for one old')
        .option('--fraction-price <decimal>', 'pay fractions at this price for a whole new unit (default: keep them)')
        .option('--to <symbol>', 'the new symbol, or the instrument that is spun off')
        .option('--cost <part:whole>', 'spin-off: what share of the cost goes with it'),
    input: AddInput,
    run: add,
  });

async function add(input: z.output<typeof AddInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const [ratioTo, ratioFrom] = input.ratio ?? [];
  const [costPart, costWhole] = input.cost ?? [];
  const { kind, ex: exDate, record: recordDate, pay: payDate, amount, currency, withholding: withholdingPct, fractionPrice } = input;
  const terms = { recordDate, payDate, amount, currency, withholdingPct, ratioFrom, ratioTo, fractionPrice, costPart, costWhole };
  const [symbol] = input.arguments;
  const given = Object.fromEntries(Object.entries({ ...terms, newSymbol: input.to }).filter(([, value]) => value !== undefined));
  const action = await desk.executor.run(handlers.market.recordAction, desk.call({ symbol, kind, exDate, ...given }));
  output.result(action, [`${kind} of ${symbol} on ${exDate} is entered (${action.id}).`]);
  return exitCodes.ok;
}

const ListInput = z.object({ as: z.email(), arguments: z.array(z.string()).max(1) });

const listCommand = () =>
  commandOf({
    name: 'list',
    description: 'Print corporate actions, the latest first.',
    configure: (command) => asInvestor(command.argument('[symbol]', 'of one instrument, by its present or a former symbol')),
    input: ListInput,
    run: list,
  });

async function list(input: z.output<typeof ListInput>, context: CommandContext): Promise<ExitCode> {
  const [symbol] = input.arguments;
  return actAs(input.as, context, async (client) => {
    const found = await client.market.actions.query(symbol === undefined ? {} : { symbol });
    context.output.result(found, table([['ex date', 'symbol', 'kind', 'status', 'id'], ...found.items.map(rowOf)]));
    return exitCodes.ok;
  });
}

const rowOf = ({ exDate, symbol, kind, status, id }: z.output<typeof market.ActionView>): string[] => [exDate, symbol, kind, status, id];

const cancelCommand = () =>
  commandOf({
    name: 'cancel',
    description: 'Take an announced action back, before its ex date.',
    configure: (command) => command.argument('<id>', 'as "trii action list" shows it'),
    input: z.object({ arguments: z.tuple([z.uuid()]) }),
    run: cancel,
  });

async function cancel({ arguments: [actionId] }: { readonly arguments: readonly [string] }, context: CommandContext): Promise<ExitCode> {
  const { output, folder } = context;
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const action = await desk.executor.run(handlers.market.cancelAction, desk.call({ actionId }));
  output.result(action, [`${action.kind} of ${action.symbol} on ${action.exDate} is cancelled.`]);
  return exitCodes.ok;
}

const takeBackCommand = () =>
  commandOf({
    name: 'take-back',
    description: 'Take back an action that was entered wrongly, also one that is in effect: in all portfolios or in none.',
    configure: (command) =>
      command
        .argument('<id>', 'as "trii action list" shows it')
        .requiredOption('--reason <text>', 'what was wrong; investors see it in their ledger'),
    input: z.object({ arguments: z.tuple([z.uuid()]), reason: portfolio.takeBackAction.input.shape.reason }),
    run: async ({ arguments: [actionId], reason }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const result = await desk.executor.run(systemHandlers.portfolio.takeBackAction, desk.call({ actionId, reason }, newId()));
      output.result(result, [`Taken back in ${result.portfolios} portfolios.`]);
      return exitCodes.ok;
    },
  });

const applyCommand = () =>
  commandOf({
    name: 'apply',
    description: 'Ask the workers for what is due now, instead of within a minute.',
    input: z.object({ arguments: z.tuple([]) }),
    run: apply,
  });

async function apply(_: unknown, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const result = await desk.executor.run(systemHandlers.portfolio.dispatchActions, { ...desk.call({}), idempotencyKey: newId() });
  const { shards, renamed, through } = result;
  output.result(result, [`Up to ${through}: ${renamed} instruments renamed, ${shards.length} jobs asked for.`]);
  return exitCodes.ok;
}
