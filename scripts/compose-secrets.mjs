// `node scripts/compose-secrets.mjs [FILE]`: makes docker/.env out of its example, with a secret of its own for every empty name.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const docker = fileURLToPath(new URL('../docker/', import.meta.url));
const file = resolve(process.argv[2] ?? join(docker, '.env'));

const filled = readFileSync(join(docker, '.env.example'), 'utf8').replaceAll(
  /^(\w+)=(k1:)?$/gm,
  // base64url: safe in an address, in a configuration file and in SQL without any quoting
  (_, name, id = '') => `${name}=${id}${randomBytes(32).toString('base64url')}`,
);
try {
  writeFileSync(file, filled, { mode: 0o600, flag: 'wx' });
  console.log(`Made ${relative(process.cwd(), file)}. Keep it: without it the data cannot be read again.`);
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  console.error(
    `${relative(process.cwd(), file)} is there already and stays as it is. Its secrets belong to the data: remove both or none.`,
  );
  process.exitCode = 1;
}
