import { importsOf, libraryOf, targetOf } from './imports.ts';
import { manifestsOf } from './manifests.ts';
import { isProjectCode, isTest, workspaceOf, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** docs/ARCHITECTURE.md, "Who may import whom": each workspace and what it may import of ours. Nothing imports an app. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  quant: ['kernel'],
  contract: ['kernel'],
  domain: ['kernel', 'quant', 'contract'],
  infra: ['kernel', 'contract', 'domain'],
  rpc: ['kernel', 'contract', 'domain'],
  jobs: ['kernel', 'contract', 'domain'],
  client: ['contract'],
  stack: ['kernel'],
  db: ['kernel', 'domain'],
  testkit: ['kernel', 'quant', 'contract', 'domain', 'infra', 'rpc', 'jobs', 'client', 'stack', 'db'],
  bench: ['kernel', 'quant', 'contract', 'domain', 'infra', 'rpc', 'jobs', 'client', 'db', 'stack'],
  api: ['kernel', 'contract', 'domain', 'infra', 'rpc'],
  workers: ['kernel', 'contract', 'domain', 'infra', 'jobs'],
  cli: ['kernel', 'contract', 'domain', 'infra', 'jobs', 'client', 'db', 'stack', 'bench'],
  console: ['client'],
};

/** What tests may import besides. What testkit itself stands on stays out: its tests would make a circle. */
const arrowsOfTests: Readonly<Record<string, readonly string[]>> = {
  domain: ['testkit'],
  infra: ['testkit'],
  rpc: ['testkit', 'client'],
  jobs: ['testkit'],
  db: ['testkit'],
  bench: ['testkit'],
  api: ['testkit', 'client'],
  workers: ['testkit', 'client'],
  cli: ['testkit'],
};

const scope = '@trii/';

function allowedFor(workspace: string, forTest: boolean): readonly string[] | undefined {
  const allowed = arrows[workspace];
  return allowed && forTest ? [...allowed, ...(arrowsOfTests[workspace] ?? [])] : allowed;
}

function judge(workspace: string, specifier: string, forTest: boolean): Pick<Violation, 'problem' | 'remedy'> | undefined {
  const allowed = allowedFor(workspace, forTest);
  if (!allowed) {
    return { problem: `${workspace} has no row in the table of arrows`, remedy: 'Add it to package-arrows.ts and docs/ARCHITECTURE.md' };
  }
  const wanted = libraryOf(specifier);
  if (!wanted?.startsWith(scope)) return undefined;
  if (wanted !== specifier) {
    return { problem: `'${specifier}' goes past the package's door`, remedy: `Import '${wanted}' and export it there` };
  }
  if (wanted === scope + workspace)
    return { problem: `${workspace} imports its own door`, remedy: 'Import the file itself by its relative path' };
  if (allowed.includes(wanted.slice(scope.length))) return undefined;
  const list = allowed.length > 0 ? allowed.join(', ') : 'nothing of ours';
  return {
    problem: `${workspace} must not import ${wanted}`,
    remedy: `It may import ${list}: move the code, or pass it in through a port`,
  };
}

function ofSource(path: string, text: string): Violation[] {
  const workspace = workspaceOf(path);
  if (workspace === undefined) return [];
  return importsOf(text).flatMap(({ specifier, line }) => {
    const target = targetOf(path, specifier);
    if (target !== undefined && workspaceOf(target) !== workspace) {
      return [{ path, line, problem: `'${specifier}' leaves the package by path`, remedy: 'Import the other package by its name' }];
    }
    const verdict = judge(workspace, specifier, isTest(path));
    return verdict ? [{ path, line, ...verdict }] : [];
  });
}

/** The arrows between workspaces hold in every import of every source file. */
export function importsFollowArrows(tree: SourceTree): Violation[] {
  return [...tree].filter(([path]) => isProjectCode(path)).flatMap(([path, text]) => ofSource(path, text));
}

/** The arrows hold in package.json too, where a later import would find them open. */
export function dependenciesFollowArrows(tree: SourceTree): Violation[] {
  return manifestsOf(tree).flatMap(({ path, dependencies }) => {
    const workspace = workspaceOf(path);
    if (workspace === undefined) return [];
    return dependencies.flatMap(({ name, field, line }) => {
      const verdict = judge(workspace, name, field === 'devDependencies');
      return verdict && name.startsWith(scope) ? [{ path, line, ...verdict }] : [];
    });
  });
}

/** One door per package: "." and src/index.ts behind it. Apps are entered by their main.ts and need none. */
export function packagesHaveOneDoor(tree: SourceTree): Violation[] {
  return manifestsOf(tree)
    .filter(({ path, exports }) => workspaceOf(path) !== undefined && !(path.startsWith('apps/') && exports === undefined))
    .filter(({ folder, exports }) => JSON.stringify(exports) !== '{".":"./src/index.ts"}' || !tree.has(`${folder}src/index.ts`))
    .map(({ path }) => ({
      path,
      line: 1,
      problem: 'the package has another door than src/index.ts',
      remedy: path.startsWith('apps/') ? 'Remove "exports": nobody imports an app' : 'Set "exports": { ".": "./src/index.ts" }',
    }));
}
