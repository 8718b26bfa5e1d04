import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { type DataFolder, readIfThere, replaceFile } from './data-folder.ts';

const Secret = z.string().min(32);

const Secrets = z.object({
  postgres: Secret,
  trii_owner: Secret,
  trii_api: Secret,
  trii_operator: Secret,
  trii_worker: Secret,
  redis: Secret,
  password_pepper: Secret,
  audit_signing_key: Secret,
  pii_master_keys: Secret,
  pii_blind_index_key: Secret,
  demo_password: Secret,
});

/**
 * One generated password per PostgreSQL login, by its name, Redis's own, the pepper of the investors' password hashes, and what opens personal
 * data: the ring of master keys (`id:key,id:key`, the current one first) and the key of the blind index. `postgres`
 * is the superuser, used only to bootstrap; the demo's investors share one password. audit_signing_key is the Ed25519 secret of the
 * audit chains.
 */
export type StackSecrets = Readonly<z.infer<typeof Secrets>>;

/** Reads the folder's secrets and makes those it lacks: at the first start all. The file is 0600, also when someone has widened it. */
export function openSecrets(folder: DataFolder): StackSecrets {
  const text = readIfThere(folder.secretsFile);
  if (text !== undefined) chmodSync(folder.secretsFile, 0o600);
  const found = text === undefined ? {} : parseSecrets(text, folder);
  const made = Object.fromEntries(
    Object.keys(Secrets.shape).map((name) => [name, name === 'pii_master_keys' ? `k1:${newSecret()}` : newSecret()]),
  );
  const secrets = Secrets.parse({ ...made, ...found });
  if (Object.keys(found).length < Object.keys(made).length) {
    replaceFile(folder.secretsFile, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  }
  return secrets;
}

function parseSecrets(text: string, folder: DataFolder): Partial<StackSecrets> {
  try {
    return Secrets.partial().parse(JSON.parse(text)) as Partial<StackSecrets>;
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
