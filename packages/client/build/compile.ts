import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The root of this package. */
export const packageFolder = path('..');
export const repositoryFolder = path('../../..');

const baseConfig = path('../../../tsconfig.base.json');
const tsc = join(packageFolder, 'node_modules', 'typescript', 'bin', 'tsc');

export interface Compilation {
  /** Under this package, so that its libraries are found. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly files: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs the workspace's own `tsc` over a few files. @throws with what the compiler said */
export async function compile({ folder, files, options }: Compilation): Promise<void> {
  const compilerOptions = { target: 'es2022', lib: ['esnext', 'dom'], types: [], ...options };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: baseConfig, compilerOptions, files }));
  const run = Bun.spawn([process.execPath, tsc, '-p', '.'], { cwd: folder, stdout: 'pipe', stderr: 'inherit' });
  const [said, code] = await Promise.all([new Response(run.stdout).text(), run.exited]);
  if (code !== 0) throw new Error(`tsc found errors:\n${said}`);
}
