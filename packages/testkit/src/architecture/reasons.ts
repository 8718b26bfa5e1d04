import { codeOnly, lineAt } from './source-text.ts';
import { isProjectCode, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

const isComment = (line: string | undefined): boolean => /^\s*(?:\/\/|\/\*|\*)/.test(line ?? '');

function unexplainedCasts(path: string, text: string): Violation[] {
  const lines = text.split('\n');
  return [...codeOnly(text).matchAll(/\bas unknown as\b/g)]
    .map((match) => lineAt(text, match.index))
    .filter((line) => !/\/\/|\/\*/.test(lines[line - 1] ?? '') && !isComment(lines[line - 2]))
    .map((line) => ({
      path,
      line,
      problem: 'a double cast without a reason',
      remedy: 'Say in a comment beside it why it is right, or parse the value',
    }));
}

function unexplainedDirectives(path: string, text: string): Violation[] {
  return [...text.matchAll(/\/[/*]\s*(?:oxlint|eslint)-disable(?<rest>.*)/g)]
    .filter((match) => !/ -- \w/.test(match.groups?.['rest'] ?? ''))
    .map((match) => ({
      path,
      line: lineAt(text, match.index),
      problem: 'a lint exception without a reason',
      remedy: 'Write it as: oxlint-disable-next-line RULE -- REASON',
    }));
}

/** The ways around the compiler and the linter carry their reason where they stand. */
export function exceptionsHaveReasons(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([path]) => isProjectCode(path))
    .flatMap(([path, text]) => [...unexplainedCasts(path, text), ...unexplainedDirectives(path, text)]);
}

/** Mathematics is read beside its source: every public function of quant (named in its door) states formula, convention and units. */
export function formulasAreDocumented(tree: SourceTree): Violation[] {
  const documented = /^packages\/quant\/src\/(?!.*\.test\.ts$)/;
  const names = new Set(tree.get('packages/quant/src/index.ts')?.match(/\w+/g));
  return [...tree]
    .filter(([path]) => documented.test(path))
    .flatMap(([path, text]) => {
      const lines = text.split('\n');
      return lines.flatMap((line, index) => {
        const name = /^export (?:async )?function\*? (?<name>\w+)/.exec(line)?.groups?.['name'];
        // The second and later signatures of an overload share the docstring of the first.
        if (name === undefined || !names.has(name) || /\*\/\s*$/.test(lines[index - 1] ?? '') || isOverload(lines[index - 1], name))
          return [];
        return [
          {
            path,
            line: index + 1,
            problem: `${name} has no docstring`,
            remedy: 'State formula, convention (ddof, periods per year, seed), units, errors and source',
          },
        ];
      });
    });
}

function isOverload(line: string | undefined, name: string): boolean {
  return new RegExp(String.raw`^export (?:async )?function\*? ${name}\b.*;$`).test(line ?? '');
}
