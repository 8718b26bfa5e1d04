import { codeOnly, lineAt } from './source-text.ts';
import { isProjectCode, isTest, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

const HOME = 'packages/infra/src/redis/keys.ts';
/** The beginning of a key, in quotes or a template. Written so that it does not match its own source. */
const keyLiteral = /['"`](?:market:quote|session|portfolio|ml:prediction|stream|cache:(?:epoch|lease))[:](?=[\w{$])/g;

/** A key that is spelled out elsewhere has no lifetime, no schema and no version. Tests spell them out, to see that the home is right. */
export function redisKeysStayHome(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([path]) => isProjectCode(path) && !isTest(path) && path !== HOME)
    .flatMap(([path, text]) => {
      const code = codeOnly(text);
      // In a comment the quote is blanked.
      return [...text.matchAll(keyLiteral)]
        .filter((match) => code[match.index] === match[0][0])
        .map((match) => ({
          path,
          line: lineAt(text, match.index),
          problem: `${match[0].slice(1)} begins a key of Redis`,
          remedy: `Build it with keyOf from ${HOME}, where its lifetime and shape stand`,
        }));
    });
}
