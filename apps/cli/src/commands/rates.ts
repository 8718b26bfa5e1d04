import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { market } from '@trii/contract';
import { handlers } from '@trii/domain';
import { openBarFile } from '@trii/infra';
import { newId, systemClock } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { sizeOf } from '../bars/import-file.ts';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { readRateFile } from '../rates/rate-file.ts';

/** As many as one call takes. */
const RATES_PER_CALL = 1_000;

export const ratesCommand = () =>
  new Command('rates')
    .description('Exchange rates: enter them, look them up, say how old they may be.')
    .addCommand(setCommand())
    .addCommand(importCommand())
    .addCommand(showCommand())
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

const ShowInput = z.object({ arguments: z.union([z.tuple([]), z.tuple([from, to])]), at: asOf.optional() });

const showCommand = () =>
  commandOf({
    name: 'show',
    description: 'The newest rate of each pair, or how one pair is worked out.',
    configure: (command) =>
      command
        .argument('[from]', 'ISO 4217, such as EUR')
        .argument('[to]', 'ISO 4217, such as USD')
        .option('--at <time>', 'as it was known then: 2018-01-02T21:00:00Z'),
    input: ShowInput,
    run: show,
  });

async function show(input: z.output<typeof ShowInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const at = input.at === undefined ? {} : { at: input.at };
  if (input.arguments.length === 0) {
    const known = await desk.executor.run(handlers.market.rates, desk.call(at));
    const rows = known.items.map((each) => [each.from, each.to, each.rate, each.asOf, each.source]);
    output.result(
      known,
      known.items.length === 0 ? [`No rate is known at ${known.at}.`] : table([['from', 'to', 'rate', 'as of', 'source'], ...rows]),
    );
    return exitCodes.ok;
  }
  const [first, second] = input.arguments;
  const found = await desk.executor.run(handlers.market.rate, desk.call({ from: first, to: second, ...at }));
  const legs = found.legs.map((leg) => `  1 ${leg.from} = ${leg.rate} ${leg.to}, ${leg.asOf}, ${leg.source}`);
  output.result(found, [`1 ${first} = ${found.rate} ${second} (${found.path}${found.isStale ? ', stale' : ''})`, ...legs]);
  return exitCodes.ok;
}

const policy = market.setRatePolicy.input.shape;
const PolicyInput = z.object({
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
      command
        .option('--pivot <currency>', 'by way of it a rate is found that nobody entered')
        .option('--spread-bps <number>', 'hundredths of a percent that an exchange costs')
        .option('--valuation-hours <hours>', 'older than this a rate marks a valuation as stale')
        .option('--exchange-hours <hours>', 'older than this a rate exchanges nothing'),
    input: PolicyInput,
    run: setPolicy,
  });

async function setPolicy(input: z.output<typeof PolicyInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const change = {
    pivotCurrency: input.pivot,
    spreadBps: input.spreadBps,
    valuationAgeHoursMax: input.valuationHours,
    exchangeAgeHoursMax: input.exchangeHours,
  };
  const changes = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const now =
    Object.keys(changes).length === 0
      ? await desk.executor.run(handlers.market.ratePolicy, desk.call({}))
      : await desk.executor.run(handlers.market.setRatePolicy, desk.call(changes, newId()));
  output.result(now, [
    `Pivot ${now.pivotCurrency}; an exchange costs ${now.spreadBps} hundredths of a percent and takes no rate older than ${now.exchangeAgeHoursMax} hours.`,
    `A valuation is marked stale by a rate older than ${now.valuationAgeHoursMax} hours.`,
  ]);
  return exitCodes.ok;
}
