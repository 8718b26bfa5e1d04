import { posix } from 'node:path';
import { lineAt } from './source-text.ts';
import { isTest, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** Written so that no pattern matches its own source. */
const traces: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a path of somebody's machine", pattern: /(?<![\w.-])\/(?:work|home|Users)\/[\w.]+/g },
  { what: "a path of somebody's machine", pattern: /\b[A-Z]:\\Users\\\w+/g },
  { what: 'a folder outside the repository', pattern: /(?:\.\.\/)+shared\b/g },
  {
    what: 'a package registry',
    pattern: /\bhttps?:\/\/[\w.-]*(?:registry|artifactory|nexus|verdaccio|npm-?proxy|mirror)[\w.-]*/g,
  },
  { what: 'a host of a private network', pattern: /\bhttps?:\/\/(?:10\.\d|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)[\d.]*/g },
];

/** Nothing committed depends on, or tells of, the machine it was written on. */
export function nothingNamesAMachine(tree: SourceTree): Violation[] {
  return [...tree].flatMap(([path, text]) =>
    traces.flatMap(({ what, pattern }) =>
      [...text.matchAll(pattern)].map((match) => ({
        path,
        line: lineAt(text, match.index),
        problem: `'${match[0]}' is ${what}`,
        remedy: 'Write it relative to the repository, or leave it out',
      })),
    ),
  );
}

/** Relative links of the documentation lead somewhere. */
export function documentLinksResolve(tree: SourceTree): Violation[] {
  const folders = new Set([...tree.keys()].flatMap((path) => path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'))));
  return [...tree]
    .filter(([path]) => path.endsWith('.md') && !isTest(path))
    .flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!\w+:|#)(?<target>[^)\s#]+)[^)]*\)/g)]
        .map((match) => ({ match, target: posix.join(posix.dirname(path), match.groups?.['target'] ?? '').replace(/\/$/, '') }))
        .filter(({ target }) => !tree.has(target) && !folders.has(target))
        .map(({ match, target }) => ({
          path,
          line: lineAt(text, match.index),
          problem: `the link to ${target} leads nowhere`,
          remedy: 'Correct or remove it',
        })),
    );
}

/** A decision that code or documentation names by its number is there. */
export function decisionsExist(tree: SourceTree): Violation[] {
  const numbers = new Set([...tree.keys()].map((path) => /^docs\/adr\/(?<number>\d{4})-/.exec(path)?.groups?.['number']));
  return [...tree]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) =>
      [...text.matchAll(/\b(?:adr\/|ADR )(?<number>\d{4})\b/g)]
        .filter((match) => !numbers.has(match.groups?.['number']))
        .map((match) => ({
          path,
          line: lineAt(text, match.index),
          problem: `${match[0]} does not exist`,
          remedy: 'Name the decision that is meant in docs/adr, or write it',
        })),
    );
}
