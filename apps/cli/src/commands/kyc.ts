import { writeFileSync } from 'node:fs';
import { handlers } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { caseLines, pendingLines } from '../kyc/kyc-lines.ts';
import { type OperatorDesk, openOperatorDesk } from '../platform/operator-desk.ts';
import { personalPortsAt } from '../platform/personal-keys.ts';
import { findPlace } from '../platform/place.ts';

const { decideKyc, kycCase, pendingKyc, readKycDocument } = handlers.identity;

export const kycCommand = () =>
  new Command('kyc')
    .description('Who investors are: what waits for a decision, and decisions.')
    .addCommand(pendingCommand())
    .addCommand(showCommand())
    .addCommand(documentCommand())
    .addCommand(decideCommand());

/** With the keys of this place: what names a person is opened, and that leaves a row in their trail. */
function openDesk({ output, folder }: CommandContext): Promise<OperatorDesk> {
  const { servers } = findPlace(folder);
  return openOperatorDesk(servers, (text) => output.say(text), personalPortsAt(folder, servers));
}

const pendingCommand = () =>
  commandOf({
    name: 'pending',
    description: 'Whose documents wait for a decision, oldest first, with what the providers found. No names.',
    configure: (command) => command.option('--limit <n>', 'at most so many', '50'),
    input: z.object({ limit: z.coerce.number().int().min(1).max(500) }),
    run: async ({ limit }, context) => {
      await using desk = await openDesk(context);
      const { items } = await desk.executor.run(pendingKyc, desk.call({ limit }));
      context.output.result(items, pendingLines(items));
      return exitCodes.ok;
    },
  });

const showCommand = () =>
  commandOf({
    name: 'show',
    description: 'Everything about one investor’s verification. The look stands in that investor’s own audit trail.',
    configure: (command) => command.argument('<id>', 'the id of the user'),
    input: z.object({ arguments: z.tuple([z.uuid()]) }),
    run: async ({ arguments: [userId] }, context) => {
      await using desk = await openDesk(context);
      const shown = await desk.executor.run(kycCase, desk.call({ userId }));
      context.output.result(shown, caseLines(shown));
      return exitCodes.ok;
    },
  });

const documentCommand = () =>
  commandOf({
    name: 'document',
    description: 'Write one document of an investor into a file. The look stands in that investor’s own audit trail.',
    configure: (command) =>
      command
        .argument('<id>', 'the id of the user')
        .argument('<document>', 'the id of the document')
        .requiredOption('--out <file>', 'the file to write, which must not exist yet'),
    input: z.object({ arguments: z.tuple([z.uuid(), z.uuid()]), out: z.string().min(1) }),
    run: async ({ arguments: [userId, documentId], out }, context) => {
      await using desk = await openDesk(context);
      const { content, ...document } = await desk.executor.run(readKycDocument, desk.call({ userId, documentId }));
      writeNew(out, Buffer.from(content, 'base64'));
      context.output.result({ ...document, file: out }, [`${out}: ${document.kind}, ${document.contentType}, ${document.bytes} bytes`]);
      return exitCodes.ok;
    },
  });

function writeNew(file: string, content: Buffer): void {
  try {
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new CodedError('FILE_NOT_WRITTEN', `${file} cannot be written, or is there already; name another one with --out.`, { cause });
  }
}

const decideCommand = () =>
  commandOf({
    name: 'decide',
    description: 'Decide whether an investor is who they say. Only verified investors trade; the reason is told to the investor.',
    configure: (command) =>
      command
        .argument('<id>', 'the id of the user')
        .argument('<decision>', 'verified or rejected')
        .requiredOption('--reason <text>', 'why, for the investor to read'),
    input: z.object({
      arguments: z.tuple([z.uuid(), z.enum(['verified', 'rejected']).transform((word) => (word === 'verified' ? 'VERIFIED' : 'REJECTED'))]),
      reason: z.string().min(1).max(500),
    }),
    run: async ({ arguments: [userId, decision], reason }, context) => {
      await using desk = await openDesk(context);
      const decided = await desk.executor.run(decideKyc, desk.call({ userId, decision, reason }));
      context.output.result(decided, [`${userId}: ${decided.previousStatus} -> ${decided.kycStatus}`]);
      return exitCodes.ok;
    },
  });
