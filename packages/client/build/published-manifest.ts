import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder, repositoryFolder } from './compile.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly exports: unknown } & Readonly<Record<string, unknown>>;
}

/** package.json as it is published: entered through dist/, versions from the catalog, nothing that only the workspace needs. */
export function publishedManifest(): Readonly<Record<string, unknown>> {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest & Record<string, unknown>;
  const { scripts: _scripts, devDependencies: _devDependencies, publishConfig, ...kept } = manifest;
  const { exports, ...publishing } = publishConfig;
  const dependencies = Object.fromEntries(Object.entries(manifest.dependencies).map(([name, range]) => [name, versionOf(name, range)]));
  return { ...kept, exports, dependencies, publishConfig: publishing };
}

function versionOf(name: string, range: string): string {
  if (range !== 'catalog:') throw new Error(`${name} (${range}) would not be found by whoever installs the package`);
  const workspace = Bun.YAML.parse(readFileSync(join(repositoryFolder, 'pnpm-workspace.yaml'), 'utf8')) as {
    readonly catalog: Readonly<Record<string, string>>;
  };
  const version = workspace.catalog[name];
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`);
  return version;
}
