// Builds what is published of this package.
//   bun build.ts                 dist/: JavaScript and self-contained types
//   bun build.ts --pack FOLDER   the tarball, in FOLDER and nowhere else
//   bun build.ts --report FILE   the API report that a test compares with docs/reference/client-api.md
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { apiReport } from './build/api-report.ts';
import { packageFolder, repositoryFolder } from './build/compile.ts';
import { emit } from './build/emit.ts';
import { publishedManifest } from './build/published-manifest.ts';

const { values } = parseArgs({ options: { pack: { type: 'string' }, report: { type: 'string' } } });
const target = join(packageFolder, 'dist');
// Not in the system's temporary folder: a package manager may set that to one inside node_modules, where the compiler emits nothing.
mkdirSync(target, { recursive: true });
const work = mkdtempSync(join(target, 'work-'));
try {
  const dist = await emit(work);
  if (values.report !== undefined) writeFileSync(resolve(values.report), apiReport(dist));
  if (values.pack !== undefined) await pack(dist, resolve(values.pack));
  if (values.report === undefined && values.pack === undefined) replaceTarget(dist);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function replaceTarget(dist: string): void {
  for (const file of readdirSync(target)) if (!file.startsWith('work-')) rmSync(join(target, file), { recursive: true });
  cpSync(dist, target, { recursive: true });
}

async function pack(dist: string, destination: string): Promise<void> {
  const folder = join(work, 'package');
  mkdirSync(folder);
  mkdirSync(destination, { recursive: true });
  cpSync(dist, join(folder, 'dist'), { recursive: true });
  cpSync(join(packageFolder, 'README.md'), join(folder, 'README.md'));
  cpSync(join(repositoryFolder, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  const run = Bun.spawn([process.execPath, 'pm', 'pack', '--destination', destination, '--ignore-scripts', '--quiet'], {
    cwd: folder,
    stdout: 'inherit',
    stderr: 'inherit',
  });
  if ((await run.exited) !== 0) throw new Error('the package could not be packed');
}
