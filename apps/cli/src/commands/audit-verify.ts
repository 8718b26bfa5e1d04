import { type AuditReport, type NotedHead, verifyAudit } from '@trii/domain';
import { auditKeys } from '@trii/infra';
import { z } from 'zod';
import { auditLines } from '../audit/audit-lines.ts';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

/** `CHAIN:NUMBER:HASH`, as "trii audit heads" prints it. */
const Head = z
  .string()
  .regex(/^[0-9a-f-]{36}:[1-9]\d*:[0-9a-f]{64}$/, 'a head is CHAIN:NUMBER:HASH, as "trii audit heads" prints it')
  .transform((text): NotedHead => {
    const [chain = '', number = '', hash = ''] = text.split(':');
    return { chain, number: Number(number), hash };
  });

/** An option that may be given again. */
const each = (value: string, before: readonly string[]): string[] => [...before, value];

const Input = z.object({
  publicKey: z.array(z.string()).min(1, 'give at least one --public-key'),
  head: z.array(Head).default([]),
  retiredBefore: z.iso.date().optional(),
  arguments: z.tuple([z.string().min(1)]),
});

export const auditVerifyCommand = () =>
  commandOf({
    name: 'verify',
    description:
      'Verify an export without any database: that nothing in it was altered, removed, added or moved. Exit code 1 names what was.',
    configure: (command) =>
      command
        .argument('<file>', 'an export; - reads the standard input')
        .option(
          '--public-key <key>',
          'what "trii audit key" printed where it was signed; once for each key that was replaced, too',
          each,
          [],
        )
        .option(
          '--head <head>',
          'a head noted earlier ("trii audit heads") that must still be in its chain; as often as there are some',
          each,
          [],
        )
        .option('--retired-before <date>', 'rows before this day (UTC) were taken out by retention and need not be there'),
    input: Input,
    run: verify,
  });

async function verify(input: z.output<typeof Input>, { output }: CommandContext): Promise<ExitCode> {
  const [path] = input.arguments;
  const report = await verifyAudit(auditLines(path), {
    keys: auditKeys(input.publicKey),
    heads: input.head,
    retiredBefore: input.retiredBefore === undefined ? undefined : `${input.retiredBefore}T00:00:00.000000Z`,
  });
  output.result({ verified: true, ...report }, linesOf(report, path, input.head.length));
  return exitCodes.ok;
}

function linesOf(report: AuditReport, path: string, headCount: number): string[] {
  const { chains, blocks, rows, waiting, retired, startLate, heads } = report;
  const ends = heads.map(({ chain, number, hash }) => `  ${chain}:${number}:${hash}`);
  return [
    `${path} is whole: ${rows} rows in ${blocks} signed blocks of ${chains} chains, each as it was signed.`,
    ...(startLate > 0 ? [`${startLate} chains do not begin at their first block: what lies before is not shown here.`] : []),
    ...(retired > 0 ? [`${retired} rows are named by signed blocks and were taken out by retention.`] : []),
    ...(waiting > 0 ? [`${waiting} rows are in no block yet: nothing vouches for them.`] : []),
    ...(headCount === 0
      ? ['Blocks after these ends would not be missed; a head noted earlier (--head) shows whether there were any:', ...ends]
      : []),
  ];
}
