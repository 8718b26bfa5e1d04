import { posix } from 'node:path';

interface Resolved {
  readonly version: string;
}
type Names<T> = Readonly<Record<string, T>> | undefined;

/** The part of pnpm-lock.yaml that says what depends on what. */
export interface Lockfile {
  /** Workspace folder -> its dependencies; `link:` names another workspace folder. */
  readonly importers: Readonly<
    Record<string, { readonly dependencies?: Names<Resolved>; readonly optionalDependencies?: Names<Resolved> }>
  >;
  /** `name@version(peers)` -> what that very version was resolved with. */
  readonly snapshots: Readonly<Record<string, { readonly dependencies?: Names<string>; readonly optionalDependencies?: Names<string> }>>;
}

/**
 * Everything a workspace needs to run, by name: workspace folders (`packages/domain`) and libraries (`hono`). This is what
 * `pnpm --prod deploy` lays down, since it follows the same lockfile.
 * @throws Error when the lockfile does not know a name that it uses itself
 */
export function productionClosure(lockfile: Lockfile, workspace: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visited = new Set<string>();
  const pending: (readonly [kind: 'workspace' | 'library', key: string])[] = [['workspace', workspace]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [kind, key] = next;
    if (visited.has(key)) continue;
    visited.add(key);
    if (key !== workspace) names.add(kind === 'workspace' ? key : nameOf(key));
    if (kind === 'workspace') pending.push(...ofWorkspace(lockfile, key));
    else pending.push(...ofLibrary(lockfile, key));
  }
  return names;
}

type Step = readonly [kind: 'workspace' | 'library', key: string];

function ofWorkspace({ importers }: Lockfile, folder: string): Step[] {
  const importer = importers[folder];
  if (importer === undefined) throw new Error(`pnpm-lock.yaml has no workspace ${folder}`);
  return Object.entries({ ...importer.dependencies, ...importer.optionalDependencies }).map(([name, { version }]) =>
    version.startsWith('link:') ? ['workspace', posix.join(folder, version.slice('link:'.length))] : ['library', keyOf(name, version)],
  );
}

function ofLibrary({ snapshots }: Lockfile, key: string): Step[] {
  const snapshot = snapshots[key];
  if (snapshot === undefined) throw new Error(`pnpm-lock.yaml has no snapshot of ${key}`);
  return Object.entries({ ...snapshot.dependencies, ...snapshot.optionalDependencies }).map(([name, version]) => [
    'library',
    keyOf(name, version),
  ]);
}

/** A library taken under another name is resolved to `itsName@version`. */
const keyOf = (name: string, version: string): string => (/^@?[a-z][^(]*@/i.test(version) ? version : `${name}@${version}`);
const nameOf = (key: string): string => key.slice(0, key.indexOf('@', 1));
