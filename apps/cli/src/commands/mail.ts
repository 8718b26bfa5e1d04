import { mailsIn } from '@trii/infra';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** Where the workers of `trii up` leave what they would send. */
export const mailFolderOf = (folder: { readonly dir: string }): string => `${folder.dir}/mail`;

export const mailCommand = () =>
  commandOf({
    name: 'mail',
    description: 'The mails that this machine would have sent, the newest first.',
    configure: (command) => command.option('--limit <count>', 'how many', '10'),
    input: z.object({ limit: z.coerce.number().int().min(1).max(200) }),
    run: async ({ limit }, { output, folder }) => {
      const mails = await mailsIn(mailFolderOf(folder), limit);
      output.result(
        mails,
        mails.length === 0 ? ['No mails.'] : mails.flatMap(({ at, to, subject, text }) => [`${at}  ${to}  ${subject}`, '', text]),
      );
      return exitCodes.ok;
    },
  });
