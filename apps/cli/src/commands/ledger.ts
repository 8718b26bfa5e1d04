import { systemHandlers } from '@trii/domain';
import { CodedError, newId } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { csvFormat } from '../ledger/csv.ts';
import { assetExplainer, type Explained, explainedRows } from '../ledger/explain-asset.ts';
import { journalFormat, type LedgerFormat } from '../ledger/journal.ts';
import { type LedgerEntry, readEntries } from '../ledger/read-entries.ts';
import { writeDocument } from '../ledger/write-document.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { findPortfolio } from '../portfolio/find-portfolio.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

const SAY_EVERY_MS = 2_000;
/** More lines than a person reads: what is older is told by its sum. */
const EXPLAINED_MAX = 100_000;

export const ledgerCommand = () =>
  new Command('ledger')
    .description('Look into the ledger: check it, explain a balance, take it along.')
    .addCommand(checkCommand())
    .addCommand(explainCommand())
    .addCommand(exportCommand());

const checkCommand = () =>
  commandOf({
    name: 'check',
    description: 'Compute every balance again from the postings and compare it with what is stored. Exit code 1 when anything differs.',
    input: z.object({ arguments: z.tuple([]) }),
    run: check,
  });

const Difference = z.object({
  portfolioId: z.string(),
  figure: z.string(),
  of: z.string().nullable(),
  stored: z.string(),
  computed: z.string(),
});

async function check(_: unknown, { output, folder }: CommandContext): Promise<ExitCode> {
  const tell = (text: string, fields: object): void => {
    const difference = Difference.safeParse(fields);
    if (!difference.success) return output.say(text);
    const { portfolioId, figure, of, stored, computed } = difference.data;
    output.event(
      difference.data,
      `  ${portfolioId} ${figure}${of === null ? '' : ` of ${of}`}: stored ${stored}, by the postings ${computed}`,
    );
  };
  await using desk = await openOperatorDesk(findPlace(folder).servers, tell);
  let saidAt = performance.now();
  const counts = await desk.executor.batch(systemHandlers.portfolio.checkLedger, {
    ...desk.call({ runKey: `cli-${newId()}` }),
    onChunk: (progress) => {
      if (performance.now() - saidAt < SAY_EVERY_MS) return;
      saidAt = performance.now();
      output.event(progress, `  ${progress['portfolios'] ?? 0} portfolios, ${progress['postings'] ?? 0} postings`);
    },
  });
  const { portfolios, postings, differences } = counts;
  output.result(counts, [
    differences === 0
      ? `${portfolios} portfolios agree with their ${postings} postings.`
      : `${differences} figures of ${portfolios} portfolios differ from their ${postings} postings.`,
  ]);
  return differences === 0 ? exitCodes.ok : exitCodes.failed;
}

const ExplainInput = z.object({ as: z.email(), arguments: z.tuple([z.string().min(1), z.string().min(1)]) });

const explainCommand = () =>
  commandOf({
    name: 'explain',
    description: 'Print every entry that made the balance of one asset, oldest first, with what was there after it.',
    configure: (command) =>
      asInvestor(command.argument('<portfolio>', 'name or id').argument('<asset>', 'a symbol, or a currency such as USD')),
    input: ExplainInput,
    run: explain,
  });

async function explain(input: z.output<typeof ExplainInput>, context: CommandContext): Promise<ExitCode> {
  const [wanted, asset] = input.arguments;
  return actAs(input.as, context, async (client) => {
    const { id, name } = await findPortfolio(client, wanted);
    const follow = assetExplainer(asset);
    const entries: Explained[] = [];
    for await (const entry of readEntries(client, id)) {
      const explained = follow(entry);
      if (explained !== undefined) entries.push(explained);
      if (entries.length > EXPLAINED_MAX)
        throw new CodedError('LEDGER_TOO_LONG', `More than ${EXPLAINED_MAX} entries move ${asset}. Use "trii ledger export".`);
    }
    if (entries.length === 0) throw new CodedError('NOT_FOUND', `No entry of "${name}" moves ${asset}.`);
    context.output.result({ portfolioId: id, asset, entries }, table(explainedRows(entries)));
    return exitCodes.ok;
  });
}

const ExportInput = z.object({
  as: z.email(),
  format: z.enum(['csv', 'hledger']),
  out: z.string().min(1).optional(),
  arguments: z.tuple([z.string().min(1)]),
});

const exportCommand = () =>
  commandOf({
    name: 'export',
    description: 'Write the whole ledger of a portfolio, oldest first: as CSV, or as plain-text accounting for hledger and Ledger.',
    configure: (command) =>
      asInvestor(
        command
          .argument('<portfolio>', 'name or id')
          .requiredOption('--format <format>', 'csv or hledger')
          .option('--out <file>', 'where to (default: the standard output)'),
      ),
    input: ExportInput,
    run: exportLedger,
  });

async function exportLedger(input: z.output<typeof ExportInput>, context: CommandContext): Promise<ExitCode> {
  const { format, out } = input;
  const { output } = context;
  return actAs(input.as, context, async (client) => {
    const { id, name, baseCurrency } = await findPortfolio(client, input.arguments[0]);
    const count = { entries: 0 };
    const writer = format === 'csv' ? csvFormat : journalFormat(`Ledger of "${name}" (${id}), kept in ${baseCurrency}`);
    const parts = documentOf(writer, readEntries(client, id), count);
    if (out === undefined) {
      for await (const part of parts) await output.document(part);
      return exitCodes.ok;
    }
    await writeDocument(out, parts);
    output.result({ portfolioId: id, format, file: out, ...count }, [`${count.entries} transactions written to ${out}.`]);
    return exitCodes.ok;
  });
}

async function* documentOf(format: LedgerFormat, entries: AsyncIterable<LedgerEntry>, count: { entries: number }): AsyncGenerator<string> {
  yield format.head;
  for await (const entry of entries) {
    count.entries += 1;
    yield format.entry(entry);
  }
  yield format.end();
}
