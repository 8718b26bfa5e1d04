import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Outputs } from '@trii/client';
import { market } from '@trii/contract';
import { Failure, handlers } from '@trii/domain';
import { openBarFile, rateSourceOf } from '@trii/infra';
import { CodedError, isCurrencyCode, newId, systemClock } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { sizeOf } from '../bars/import-file.ts';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';
import { readRateFile } from '../rates/rate-file.ts';

/** As many as one call takes. */
const RATES_PER_CALL = 1_000;

export const ratesCommand = () =>
  new Command('rates')
    .description('Exchange rates: enter them, look them up, say how old they may be.')
    .addCommand(setCommand())
    .addCommand(importCommand())
    .addCommand(showCommand())
    .addCommand(spreadCommand())
    .addCommand(pullCommand())
    .addCommand(policyCommand());

const { from, to, rate, asOf } = market.EnteredRate.shape;
const { source } = market.setRates.input.shape;

const SetInput = z.object({ arguments: z.tuple([from, to, rate]), asOf: asOf.optional(), source });

const setCommand = () =>
  commandOf({
    name: 'set',
    description: 'Enter the rate of a pair, or mend it.',
    configure: (command) =>
      command
        .argument('<from>', 'ISO 4217, such as EUR')
        .argument('<to>', 'ISO 4217, such as USD')
        .argument('<rate>', 'how many of the second one of the first is worth')
        .option('--as-of <time>', 'since when, in UTC: 2018-01-02T14:00:00Z (default: now)')
        .option('--source <text>', 'where it comes from', 'operator'),
    input: SetInput,
    run: set,
  });

async function set(input: z.output<typeof SetInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  const [first, second, amount] = input.arguments;
  const entered = { from: first, to: second, rate: amount, asOf: input.asOf ?? systemClock.now().toISOString() };
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const counts = await desk.executor.run(handlers.market.setRates, desk.call({ source: input.source, rates: [entered] }, newId()));
  output.result({ ...entered, source: input.source, ...counts }, [`1 ${first} is ${amount} ${second} from ${entered.asOf} on.`]);
  return exitCodes.ok;
}

const ImportInput = z.object({ arguments: z.tuple([z.string().min(1)]), source: source.optional() });

const importCommand = () =>
  commandOf({
    name: 'import',
    description: 'Enter the rates of a CSV with the columns from, to, rate and date (or as_of). Safe to run again.',
    configure: (command) =>
      command.argument('<file>', 'the CSV; - for the standard input').option('--source <text>', 'where they come from (default: the file)'),
    input: ImportInput,
    run: importRates,
  });

async function importRates(input: z.output<typeof ImportInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  const [path] = input.arguments;
  await sizeOf(path);
  const rates = await readRateFile(await openBarFile(path === '-' ? process.stdin : createReadStream(path)));
  const from = input.source ?? (path === '-' ? 'stdin' : basename(path));
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const total = { inserted: 0, corrected: 0, unchanged: 0 };
  for (let start = 0; start < rates.length; start += RATES_PER_CALL) {
    const part = rates.slice(start, start + RATES_PER_CALL);
    const counts = await desk.executor.run(handlers.market.setRates, desk.call({ source: from, rates: part }, newId()));
    total.inserted += counts.inserted;
    total.corrected += counts.corrected;
    total.unchanged += counts.unchanged;
  }
  output.result({ source: from, ...total }, [
    `${total.inserted} rates entered, ${total.corrected} corrected, ${total.unchanged} as they were.`,
  ]);
  return exitCodes.ok;
}

const ShowInput = z.object({ as: z.email(), arguments: z.union([z.tuple([]), z.tuple([from, to])]), at: asOf.optional() });

const showCommand = () =>
  commandOf({
    name: 'show',
    description: 'The newest rate of each pair, or how one pair is worked out.',
    configure: (command) =>
      asInvestor(command)
        .argument('[from]', 'ISO 4217, such as EUR')
        .argument('[to]', 'ISO 4217, such as USD')
        .option('--at <time>', 'as it was known then: 2018-01-02T21:00:00Z'),
    input: ShowInput,
    run: show,
  });

function show(input: z.output<typeof ShowInput>, context: CommandContext): Promise<ExitCode> {
  const { output } = context;
  const at = input.at === undefined ? {} : { at: input.at };
  return actAs(input.as, context, async (client) => {
    if (input.arguments.length === 0) {
      const known = await client.market.rates.query(at);
      const rows = known.items.map((each) => [each.from, each.to, each.rate, each.asOf, each.source]);
      output.result(
        known,
        known.items.length === 0 ? [`No rate is known at ${known.at}.`] : table([['from', 'to', 'rate', 'as of', 'source'], ...rows]),
      );
      return exitCodes.ok;
    }
    const [first, second] = input.arguments;
    const found = await client.market.rate.query({ from: first, to: second, ...at });
    const legs = found.legs.map((leg) => `  1 ${leg.from} = ${leg.rate} ${leg.to}, ${leg.asOf}, ${leg.source}`);
    output.result(found, [`1 ${first} = ${found.rate} ${second} (${found.path}${found.isStale ? ', stale' : ''})`, ...legs]);
    return exitCodes.ok;
  });
}

const policy = market.setRatePolicy.input.shape;
const PolicyInput = z.object({
  as: z.email(),
  arguments: z.tuple([]),
  pivot: policy.pivotCurrency,
  spreadBps: policy.spreadBps,
  valuationHours: z.coerce.number().pipe(z.int().min(1).max(8760)).optional(),
  exchangeHours: z.coerce.number().pipe(z.int().min(1).max(8760)).optional(),
});

const policyCommand = () =>
  commandOf({
    name: 'policy',
    description: 'How old a rate may be, the pivot currency and the spread of an exchange; change what is given.',
    configure: (command) =>
      asInvestor(command)
        .option('--pivot <currency>', 'by way of it a rate is found that nobody entered')
        .option('--spread-bps <number>', 'hundredths of a percent that an exchange costs')
        .option('--valuation-hours <hours>', 'older than this a rate marks a valuation as stale')
        .option('--exchange-hours <hours>', 'older than this a rate exchanges nothing'),
    input: PolicyInput,
    run: setPolicy,
  });

async function setPolicy(input: z.output<typeof PolicyInput>, context: CommandContext): Promise<ExitCode> {
  const { output, folder } = context;
  const change = {
    pivotCurrency: input.pivot,
    spreadBps: input.spreadBps,
    valuationAgeHoursMax: input.valuationHours,
    exchangeAgeHoursMax: input.exchangeHours,
  };
  const changes = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const tell = (now: Outputs['market']['ratePolicy']): ExitCode => {
    output.result(now, [
      `Pivot ${now.pivotCurrency}; an exchange costs ${now.spreadBps} hundredths of a percent and takes no rate older than ${now.exchangeAgeHoursMax} hours.`,
      `A valuation is marked stale by a rate older than ${now.valuationAgeHoursMax} hours.`,
      ...now.spreads.map(spreadLine),
    ]);
    return exitCodes.ok;
  };
  if (Object.keys(changes).length === 0) return actAs(input.as, context, async (client) => tell(await client.market.ratePolicy.query({})));
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  return tell(await desk.executor.run(handlers.market.setRatePolicy, desk.call(changes, newId())));
}

const spreadLine = ({ from: first, to: second, spreadBps }: { from: string; to: string; spreadBps: string }): string =>
  `${first}/${second} costs ${spreadBps} hundredths of a percent, either way round.`;

const { spreadBps } = market.setSpread.input.shape;
const SpreadInput = z.object({ arguments: z.tuple([from, to, z.literal('default').or(spreadBps.unwrap())]) });

const spreadCommand = () =>
  commandOf({
    name: 'spread',
    description: 'What an exchange of one pair costs, either way round.',
    configure: (command) =>
      command
        .argument('<from>', 'ISO 4217, such as EUR')
        .argument('<to>', 'ISO 4217, such as USD')
        .argument('<bps>', 'hundredths of a percent, or "default" for what every other pair costs'),
    input: SpreadInput,
    run: setSpread,
  });

async function setSpread(input: z.output<typeof SpreadInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  const [first, second, bps] = input.arguments;
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const wanted = { from: first, to: second, spreadBps: bps === 'default' ? null : bps };
  const view = await desk.executor.run(handlers.market.setSpread, desk.call(wanted, newId()));
  output.result(view, view.spreads.length === 0 ? ['Every pair costs the same.'] : view.spreads.map(spreadLine));
  return exitCodes.ok;
}

const PullInput = z.object({ arguments: z.tuple([z.string().min(1)]) });

const pullCommand = () =>
  commandOf({
    name: 'pull',
    description: 'Enter what a source published last, as the workers do every working day where RATE_SOURCE names one.',
    configure: (command) => command.argument('<source>', 'an https address or a file of the European Central Bank, or "made-up"'),
    input: PullInput,
    run: pull,
  });

/** A job's failure is read in the log with its details; here the message has to say them. */
function tellWhy(error: unknown): never {
  if (!(error instanceof Failure)) throw error;
  throw new CodedError(error.code, `${error.message} ${JSON.stringify(error.details)}`);
}

/** A file that somebody has at hand, or the address that the workers are to ask: entered by an operator. */
async function pull(input: z.output<typeof PullInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  const [named] = input.arguments;
  const location = named === 'made-up' || named.startsWith('https://') ? named : resolve(named);
  const published = await rateSourceOf(location, systemClock).latest().catch(tellWhy);
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const entered = published.rates.filter((each) => isCurrencyCode(each.to)).map((each) => ({ ...each, asOf: published.asOf }));
  const counts = await desk.executor.run(handlers.market.setRates, desk.call({ source: published.source, rates: entered }, newId()));
  output.result({ source: published.source, asOf: published.asOf, ...counts }, [
    `${published.source}, ${published.asOf}: ${counts.inserted} rates entered, ${counts.corrected} corrected, ${counts.unchanged} as they were.`,
  ]);
  return exitCodes.ok;
}
