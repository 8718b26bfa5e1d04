import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailSender } from '@trii/domain';
import type { Clock } from '@trii/kernel';
import { z } from 'zod';

const StoredMail = z.object({ id: z.string(), at: z.string(), to: z.string(), subject: z.string(), text: z.string() });
export type StoredMail = z.output<typeof StoredMail>;

const KEPT_MAX = 200;

/** Mails as files in a folder: for a machine that has nobody to hand them to. Keeps the newest; ids grow with time. */
export function folderMail(folder: string, clock: Clock): MailSender {
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, `${mail.id}.json`), JSON.stringify({ ...mail, at: clock.now().toISOString() }), { mode: 0o600 });
      for (const file of (await namesIn(folder)).slice(KEPT_MAX)) await rm(join(folder, file), { force: true });
    },
  };
}

/** The newest first. */
export async function mailsIn(folder: string, limit: number): Promise<readonly StoredMail[]> {
  const files = (await namesIn(folder)).slice(0, limit);
  return Promise.all(files.map(async (file) => StoredMail.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))));
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .toReversed();
}
