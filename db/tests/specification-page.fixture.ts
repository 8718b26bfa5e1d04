import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** docs/SPECIFICATION.md as data: what it names, with the kind it gives each name, and what it links to. */
export interface SpecificationPage {
  readonly text: string;
  readonly rows: readonly PageRow[];
  /** Such as { kind: 'index', name: 'idx_users_kyc_status' }: code that follows a word for what it is. */
  readonly named: readonly NamedThing[];
  readonly links: readonly PageLink[];
}

export interface PageRow {
  /** The section it stands in. */
  readonly section: string;
  readonly first: string;
  readonly text: string;
  readonly isProvable: boolean;
}

export interface NamedThing {
  readonly kind: string;
  readonly name: string;
}

export interface PageLink {
  readonly label: string;
  readonly path: string;
}

const directory = new URL('../../docs/', import.meta.url);
const KINDS = /\b(table|column|view|function|index|constraint|policy|type|trigger|role|extension|migration|operation)s? `([^`]+)`/g;

export function readPage(text: string = readFileSync(new URL('SPECIFICATION.md', directory), 'utf8')): SpecificationPage {
  const rows: PageRow[] = [];
  let section = '';
  let head: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) section = line.replace(/^#+ /, '');
    if (!line.startsWith('|')) head = undefined;
    else if (head === undefined) head = line;
    else if (!/^\|[-:| ]+\|$/.test(line)) {
      const [, first = ''] = line.split('|');
      rows.push({ section, first: first.trim(), text: line, isProvable: / proof \|\s*$/.test(head) });
    }
  }
  return {
    text,
    rows,
    named: [...text.matchAll(KINDS)].map(([, kind = '', name = '']) => ({ kind, name })),
    links: [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, label = '', path = '']) => ({ label, path })),
  };
}

/** A test file, or a suite that several of them run: the series contract, on both engines. */
export const isTestFile = (path: string): boolean => /(?:\.test|-contract\.fixture)\.ts$/.test(path);

/** What is wrong with a link, in words: no such file, or a test file without a test of that name. */
export function faultOfLink({ label, path }: PageLink): string | undefined {
  if (path.startsWith('#') || path.startsWith('https://')) return undefined;
  const file = new URL(path, directory);
  if (!existsSync(file)) return `there is no file ${path}`;
  if (!isTestFile(path)) return undefined;
  const source = readFileSync(file, 'utf8').replaceAll("\\'", "'");
  return source.includes(label) ? undefined : `${path} has no test "${label}"`;
}

export const migrationNames = (): readonly string[] => readdirSync(new URL('../migrations/', import.meta.url));
