import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { type DataFolder, readIfThere, replaceFile } from './data-folder.ts';

const Secret = z.string().min(32);

const Secrets = z.strictObject({
  postgres: Secret,
  trii_owner: Secret,
  trii_api: Secret,
  trii_operator: Secret,
  trii_worker: Secret,
  redis: Secret,
});

/** One generated password per PostgreSQL login, by its name, and Redis's own. `postgres` is the superuser, used only to bootstrap. */
export type StackSecrets = Readonly<z.infer<typeof Secrets>>;

/** Reads the folder's secrets, or makes them at the first start. The file is 0600, also when someone has widened it since. */
export function openSecrets(folder: DataFolder): StackSecrets {
  const text = readIfThere(folder.secretsFile);
  if (text === undefined) {
    const made = Secrets.parse(Object.fromEntries(Object.keys(Secrets.shape).map((name) => [name, newSecret()])));
    replaceFile(folder.secretsFile, `${JSON.stringify(made, null, 2)}\n`, 0o600);
    return made;
  }
  chmodSync(folder.secretsFile, 0o600);
  return parseSecrets(text, folder);
}

function parseSecrets(text: string, folder: DataFolder): StackSecrets {
  try {
    return Secrets.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodedError(
      'SECRETS_UNREADABLE',
      `${folder.secretsFile} does not hold the passwords of this data folder any more. Restore it from a copy, or move ${folder.dir} away and start afresh.`,
      { cause },
    );
  }
}

// base64url: safe in a URL, in a configuration file and in SQL without any quoting
const newSecret = (): string => randomBytes(32).toString('base64url');
