import { lineCount } from './source-text.ts';
import { isProjectCode, isTest, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

const lineLimit = 400;
const lineLimitOfTests = 600;

/** A file that needs scrolling for its story holds two: 400 lines, tests 600. Functions are oxlint's. */
export function filesStaySmall(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([path]) => /\.(?:ts|mjs)$/.test(path))
    .map(([path, text]) => ({ path, lines: lineCount(text), limit: isTest(path) ? lineLimitOfTests : lineLimit }))
    .filter(({ lines, limit }) => lines > limit)
    .map(({ path, lines, limit }) => ({
      path,
      line: limit + 1,
      problem: `${lines} lines, the limit is ${limit}`,
      remedy: 'Split it by noun',
    }));
}

const vague = /(?:^|[-.])(?:utils?|helpers?|common|managers?|services?|misc)(?:$|[-.])/;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Names say what is inside: no catch-all names, kebab-case with dots for the kind (`portfolio.entity.ts`). */
export function namesSayWhatIsInside(tree: SourceTree): Violation[] {
  return [...tree.keys()]
    .filter((path) => isProjectCode(path) || path.startsWith('scripts/'))
    .flatMap((path) => {
      const segments = path.split('/');
      const nameless = segments.find((segment) => vague.test(segment));
      if (nameless !== undefined) {
        return [
          { path, line: 1, problem: `'${nameless}' says nothing about its content`, remedy: 'Name it after the noun or the verb inside' },
        ];
      }
      const stem = segments.at(-1)?.replace(/\.(?:ts|mjs)$/, '') ?? '';
      if (stem.split('.').every((part) => kebab.test(part))) return [];
      return [{ path, line: 1, problem: 'the file name is not kebab-case', remedy: 'Rename it: verb-noun.ts, noun.ts, noun.kind.ts' }];
    });
}

/** One runtime, one package manager. */
export function nothingForDeno(tree: SourceTree): Violation[] {
  const foreign = /(?:^|\/)(?:deno\.jsonc?|deno\.lock|jsr\.jsonc?|import_map\.json|package-lock\.json|yarn\.lock|bun\.lockb?)$/;
  return [...tree.keys()]
    .filter((path) => foreign.test(path))
    .map((path) => ({
      path,
      line: 1,
      problem: 'belongs to another runtime or package manager',
      remedy: 'Remove it: Bun runs, pnpm installs (docs/adr/0002)',
    }));
}
