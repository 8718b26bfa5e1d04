import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../../../', import.meta.url));

const TIMEOUT_MS = 100_000;
const run = promisify(execFile);

/** Runs a program to its end and answers what it printed. @throws with all it said when it fails or takes too long */
export async function said(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { cwd, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    return stdout;
  } catch (error) {
    const told = typeof error === 'object' && error !== null && 'stdout' in error && 'stderr' in error ? [error.stdout, error.stderr] : [];
    throw new Error([`${program} ${args.join(' ')} failed`, ...told.map(String)].join('\n'), { cause: error });
  }
}

export const compilers = { '5.9.3': 'typescript-5.9', '7.0.2': 'typescript' } as const;
export type CompilerVersion = keyof typeof compilers;
export type Resolution = 'nodenext' | 'bundler';
export type Installer = 'npm' | 'pnpm';

/** A frontend's project that knows nothing of this workspace, with the packed client and both compilers installed; caches lie beside it. */
export async function consumerProject(folder: string, tarball: string, installer: Installer): Promise<string> {
  const project = join(folder, installer);
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: { '@trii/client': `file:${tarball}` },
      devDependencies: { typescript: '7.0.2', 'typescript-5.9': 'npm:typescript@5.9.3' },
    }),
  );
  const caches = join(folder, `${installer}-cache`);
  if (installer === 'npm') {
    const args = ['install', '--prefix', project, '--cache', caches, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
    await said('npm', args, project);
    return project;
  }
  writeFileSync(join(project, 'pnpm-workspace.yaml'), `storeDir: ${caches}/store\ncacheDir: ${caches}/cache\nstateDir: ${caches}/state\n`);
  await said(await pinnedPnpm(), ['install', '--dir', project, '--reporter=append-only'], project);
  return project;
}

/** The pnpm that `npm start` and `npm test` fetch, or the same version on the PATH. */
async function pinnedPnpm(): Promise<string> {
  const fetched = join(root, '.trii/tools/node_modules/.bin/pnpm');
  if (existsSync(fetched)) return fetched;
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly packageManager: string };
  const version = `pnpm@${(await said('pnpm', ['--version'], '/')).trim()}`;
  if (version !== packageManager) throw new Error(`${packageManager} is not here (${version}): run \`npm test\` once, it fetches it`);
  return 'pnpm';
}

/** Runs a compiler of the project as strictly as it can be asked to, every declaration file of every library included. */
export async function compileStrictly(
  project: string,
  how: { readonly version: CompilerVersion; readonly resolution: Resolution; readonly files: readonly string[]; readonly emitTo?: string },
): Promise<string> {
  const module = how.resolution === 'nodenext' ? 'nodenext' : 'esnext';
  const output = how.emitTo === undefined ? ['--noEmit'] : ['--outDir', how.emitTo];
  const args = [
    '--strict',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
    '--lib',
    'esnext,dom',
    '--module',
    module,
    '--moduleResolution',
    how.resolution,
  ];
  return said('node', [join(project, 'node_modules', compilers[how.version], 'bin/tsc'), ...args, ...output, ...how.files], project);
}
