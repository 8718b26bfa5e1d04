import { posix } from 'node:path';
import { codeOnly, lineAt } from './source-text.ts';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

/** Statements are anchored at a line's start, so that an import inside a string or a comment never counts; dynamic ones stand anywhere. */
const statement = /^[ \t]*(?:import|export)\s+(?<type>type\s+)?[\w$*{},\s]*?\bfrom\s*(?<quote>['"])|^[ \t]*import\s*(?<bare>['"])/gm;
const dynamic = /\b(?:import|require)\s*\(\s*(?<quote>['"])/g;

/** Every module a text asks for: static, side-effect, re-export, dynamic and `typeof import()`. */
export function importsOf(text: string): Import[] {
  const code = codeOnly(text);
  const found: Import[] = [];
  for (const pattern of [statement, dynamic]) {
    for (const match of code.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const end = code.indexOf(match[0].slice(-1), start);
      const specifier = text.slice(start, end);
      found.push({ specifier, line: lineAt(text, match.index + match[0].search(/\S/)), typeOnly: match.groups?.['type'] !== undefined });
    }
  }
  return found;
}

/** `@trii/domain/x` -> `@trii/domain`, `csv-parse/sync` -> `csv-parse`; undefined for a relative path. */
export function libraryOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return undefined;
  if (/^(node|bun):/.test(specifier)) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The repository-relative path a relative import points at; undefined for a library. */
export function targetOf(path: string, specifier: string): string | undefined {
  return libraryOf(specifier) === undefined ? posix.join(posix.dirname(path), specifier) : undefined;
}
