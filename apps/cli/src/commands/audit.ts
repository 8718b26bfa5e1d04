import { existsSync } from 'node:fs';
import { exportAuditHandler, handlers } from '@trii/domain';
import { auditSigningKey } from '@trii/infra';
import { CodedError } from '@trii/kernel';
import { type DataFolder, givenSigningKey, openSecrets } from '@trii/stack';
import { Command } from 'commander';
import { z } from 'zod';
import { auditTarget } from '../audit/audit-target.ts';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { auditVerifyCommand } from './audit-verify.ts';

const SAY_EVERY_MS = 2_000;
const HEADS_PER_PAGE = 500;

export const auditCommand = () =>
  new Command('audit')
    .description('Export the audit trail, verify an export, note the heads of its chains.')
    .addCommand(exportCommand())
    .addCommand(auditVerifyCommand())
    .addCommand(headsCommand())
    .addCommand(keyCommand());

const ExportInput = z
  .object({
    person: z.uuid().optional(),
    platform: z.boolean().default(false),
    all: z.boolean().default(false),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    arguments: z.tuple([z.string().min(1)]),
  })
  .refine(({ person, platform, all }) => [person !== undefined, platform, all].filter(Boolean).length === 1, {
    error: 'say whose trail: one of --person ID, --platform and --all',
  });

const exportCommand = () =>
  commandOf({
    name: 'export',
    description: 'Write the audit trail and its signed blocks into a new file, one JSON value a line, for "trii audit verify".',
    configure: (command) =>
      command
        .argument('<file>', 'a file that is not there yet')
        .option('--person <id>', 'the trail of one investor')
        .option('--platform', 'the trail of what belongs to nobody')
        .option('--all', 'every trail')
        .option('--from <date>', 'from the first block with a row of this day (UTC) or later')
        .option('--to <date>', 'up to the last block with a row before this day'),
    input: ExportInput,
    run: exportTrail,
  });

async function exportTrail(input: z.output<typeof ExportInput>, { output, folder }: CommandContext): Promise<ExitCode> {
  const [path] = input.arguments;
  const day = (date: string | undefined, name: 'from' | 'to') => (date === undefined ? {} : { [name]: `${date}T00:00:00Z` });
  const whose = input.person === undefined ? { scope: input.all ? 'all' : 'platform' } : { scope: 'person', personId: input.person };
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  await using target = await auditTarget(path);
  let saidAt = performance.now();
  const handler = exportAuditHandler(target, ({ rows, blocks }) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    output.event({ rows, blocks }, `  ${rows.toLocaleString('en-US')} rows in ${blocks.toLocaleString('en-US')} blocks`);
  });
  const counts = await desk.executor.run(handler, desk.call({ ...whose, ...day(input.from, 'from'), ...day(input.to, 'to') }));
  await target.finish();
  output.result({ file: path, ...counts }, [
    `${counts.rows.toLocaleString('en-US')} rows in ${counts.blocks.toLocaleString('en-US')} signed blocks, and ${counts.waiting} that wait for one, are in ${path}.`,
    `Verify it anywhere with: trii audit verify ${path} --public-key KEY ("trii audit key" prints it)`,
  ]);
  return exitCodes.ok;
}

const headsCommand = () =>
  commandOf({
    name: 'heads',
    description: 'Print the newest block of every chain. Kept elsewhere, they show later whether a chain was cut or written anew.',
    input: z.object({}),
    run: showHeads,
  });

async function showHeads(_input: object, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  let cursor: string | undefined;
  do {
    const page = await desk.executor.run(
      handlers.platform.auditHeads,
      desk.call({ limit: HEADS_PER_PAGE, ...(cursor === undefined ? {} : { cursor }) }),
    );
    const rows = page.items.map(({ chain, blockNumber, blockHash, closedAt }) => [`${chain}:${blockNumber}:${blockHash}`, closedAt]);
    output.result(page, [
      ...table(cursor === undefined ? [['head', 'closed'], ...rows] : rows),
      ...(page.nextCursor === null && page.waiting.since !== null
        ? [`${page.waiting.rows} rows wait for a block, the oldest since ${page.waiting.since}.`]
        : []),
    ]);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return exitCodes.ok;
}

const keyCommand = () =>
  commandOf({
    name: 'key',
    description: 'Print the public key of the audit signatures, and the id by which blocks name it.',
    input: z.object({}),
    run: (_input, { output, folder }) => {
      const { keyId, publicKey } = auditSigningKey(signingSecret(folder));
      output.result({ keyId, publicKey }, [
        publicKey,
        `It is key ${keyId}; keep it where exports are verified, also after it was replaced.`,
      ]);
      return Promise.resolve(exitCodes.ok);
    },
  });

function signingSecret(folder: DataFolder): string {
  const given = givenSigningKey();
  if (given !== undefined) return given;
  if (existsSync(folder.secretsFile)) return openSecrets(folder).audit_signing_key;
  throw new CodedError(
    'KEY_MISSING',
    `There is no AUDIT_SIGNING_KEY, and no secret in ${folder.dir}: set the variable, or name the data folder.`,
  );
}
