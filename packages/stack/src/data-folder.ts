import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CodedError } from '@trii/kernel';

/** The checkout this package stands in; the default data folder lies there, where git ignores it. */
export const checkout = resolve(import.meta.dirname, '../../..');
export const defaultDataDir = join(checkout, '.trii');

export interface DataFolder {
  readonly dir: string;
  readonly logs: string;
  readonly secretsFile: string;
  readonly portsFile: string;
  readonly runFile: string;
}

export function dataFolder(dir: string): DataFolder {
  const at = resolve(dir);
  return {
    dir: at,
    logs: join(at, 'logs'),
    secretsFile: join(at, 'secrets.json'),
    portsFile: join(at, 'ports.json'),
    runFile: join(at, 'run.json'),
  };
}

/** Makes the folder if need be. 0711: the system user that runs PostgreSQL for root passes through; what is secret in it is 0600. */
export function openDataFolder(dir: string): DataFolder {
  const folder = dataFolder(dir);
  try {
    mkdirSync(folder.logs, { recursive: true });
    if (statSync(folder.dir).uid === process.getuid?.()) chmodSync(folder.dir, 0o711);
    const probe = join(folder.dir, `.writable-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (cause) {
    throw new CodedError(
      'DATA_FOLDER_NOT_WRITABLE',
      `The data folder ${folder.dir} cannot be written by this user. Start as its owner, or name another one with --data-dir or TRII_DATA_DIR.`,
      { cause },
    );
  }
  return folder;
}

export function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Replaces the file in one step, so that a reader or a kill in between sees the old or the new text, never half of it. */
export function replaceFile(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
}
