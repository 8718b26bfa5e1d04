import type { SourceTree } from './source-tree.ts';

export type DependencyField = 'dependencies' | 'devDependencies' | 'peerDependencies' | 'optionalDependencies';
const fields: readonly DependencyField[] = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

export interface Dependency {
  readonly name: string;
  readonly range: string;
  readonly field: DependencyField;
  readonly line: number;
}

export interface Manifest {
  readonly path: string;
  /** The package's folder with a trailing slash; '' for the root. */
  readonly folder: string;
  readonly dependencies: readonly Dependency[];
  readonly exports: unknown;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** Every package.json of the tree. */
export function manifestsOf(tree: SourceTree): Manifest[] {
  return [...tree].filter(([path]) => /(^|\/)package\.json$/.test(path)).map(([path, text]) => manifestOf(path, text));
}

function manifestOf(path: string, text: string): Manifest {
  const content = record(JSON.parse(text));
  const lines = text.split('\n');
  const dependencies = fields.flatMap((field) =>
    Object.entries(record(content[field])).map(([name, range]) => ({
      name,
      range: String(range),
      field,
      line: lines.findIndex((line) => line.includes(`"${name}":`)) + 1,
    })),
  );
  return { path, folder: path.slice(0, -'package.json'.length), dependencies, exports: content['exports'] };
}

/** The names of pnpm-workspace.yaml's default catalog with their lines; a reader of just that block, not of YAML. */
export function catalogOf(tree: SourceTree): Map<string, number> {
  const names = new Map<string, number>();
  let inside = false;
  for (const [index, line] of (tree.get('pnpm-workspace.yaml') ?? '').split('\n').entries()) {
    if (/^\S/.test(line)) inside = line.startsWith('catalog:');
    const name = /^ {2}(?<quote>['"]?)(?<name>[^'"\s#][^'"]*?)\k<quote>:\s/.exec(`${line} `)?.groups?.['name'];
    if (inside && name !== undefined) names.set(name, index + 1);
  }
  return names;
}
