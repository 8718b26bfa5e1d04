import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Repository-relative path (forward slashes) -> text. Every rule is a pure function of this. */
export type SourceTree = ReadonlyMap<string, string>;

const folderIgnored = new Set(['node_modules', '.git', '.trii', 'dist', 'coverage']);
const binary = /\.(png|jpe?g|gif|ico|webp|woff2?|gz|zip|tgz|wasm|bin|log|tsbuildinfo)$/;

/** Reads every text file that belongs to the project; what .gitignore leaves out is not looked at. */
export function readSourceTree(root: string): SourceTree {
  const tree = new Map<string, string>();
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory() && !folderIgnored.has(entry.name)) pending.push(path);
      if (entry.isFile() && !binary.test(entry.name)) tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return tree;
}

/** In-memory trees for the tests of the rules. */
export function sourceTree(files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files));
}

/** Tests and what only they use: `x.test.ts`, `x.fixture.ts`, a folder `tests/`. */
export function isTest(path: string): boolean {
  return /\.(?:test|fixture)\.ts$|(?:^|\/)tests\//.test(path);
}

/** What makes something of a package, at a desk or in CI, and ships nowhere: `build.ts` beside its src, and the folder of that name. */
export function isBuild(path: string): boolean {
  return /^packages\/[^/]+\/build(?:\.ts$|\/)/.test(path);
}

/** Sources that run: packages, apps and db; scripts stand apart, since they run on Node before anything is installed. */
export function isProjectCode(path: string): boolean {
  return /^(packages|apps|db)\//.test(path) && path.endsWith('.ts');
}

const ownerPattern = /^(?:packages|apps)\/(?<name>[^/]+)\/|^(?<db>db)\//;

/** `packages/domain/src/x.ts` -> `domain`, `apps/api/…` -> `api`, `db/…` -> `db`; undefined outside the workspace. */
export function workspaceOf(path: string): string | undefined {
  const groups = ownerPattern.exec(path)?.groups;
  return groups?.['name'] ?? groups?.['db'];
}
