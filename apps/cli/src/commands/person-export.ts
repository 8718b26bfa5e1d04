import { existsSync } from 'node:fs';
import { handlers } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { writeDocument } from '../ledger/write-document.ts';
import { type OperatorDesk, openOperatorDesk } from '../platform/operator-desk.ts';
import { personalPortsAt } from '../platform/personal-keys.ts';
import { findPlace } from '../platform/place.ts';

const { exportPerson, personByEmail, readPersonExportPart } = handlers.identity;

export const personExportCommand = () =>
  commandOf({
    name: 'export',
    description:
      'Write everything the platform holds about a person into one ZIP archive, for them. It stands in that person’s own audit trail.',
    configure: (command) =>
      command
        .argument('<person>', 'their e-mail address, or the id of the user')
        .requiredOption('--out <file>', 'the file to write, which must not exist yet'),
    input: z.object({ arguments: z.tuple([z.union([z.uuid(), z.email()])]), out: z.string().min(1) }),
    run: async ({ arguments: [person], out }, { output, folder }) => {
      if (existsSync(out)) throw new CodedError('FILE_NOT_WRITTEN', `${out} is there already; name another one with --out.`);
      const { servers } = findPlace(folder);
      await using desk = await openOperatorDesk(servers, (text) => output.say(text), personalPortsAt(folder, servers));
      const userId = person.includes('@') ? (await desk.executor.run(personByEmail, desk.call({ email: person }))).userId : person;
      const made = await desk.executor.run(exportPerson, desk.call({ userId }));
      await writeDocument(out, partsOf(desk, userId, made));
      output.result({ userId, ...made, file: out }, [
        `${out}: ${made.files} files with ${made.rows} rows about ${userId}, ${made.bytes} bytes`,
      ]);
      return exitCodes.ok;
    },
  });

async function* partsOf(desk: OperatorDesk, userId: string, { exportId, parts }: { readonly exportId: string; readonly parts: number }) {
  for (let part = 0; part < parts; part += 1) {
    const { content } = await desk.executor.run(readPersonExportPart, desk.call({ userId, exportId, part }));
    yield Buffer.from(content, 'base64');
  }
}
