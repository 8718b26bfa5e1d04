import { describe, expect, it } from 'vitest';
import { importsOf, libraryOf, targetOf } from './imports.ts';
import { codeOnly, lineAt, lineCount } from './source-text.ts';

const squeeze = (text: string): string => codeOnly(text).replaceAll(/ +/g, ' ').trim();

describe('codeOnly', () => {
  it('blanks line and block comments and keeps every offset and line', () => {
    const text = 'a(); // new Date()\n/* Date.now()\n */ b();\n';
    expect(codeOnly(text)).toHaveLength(text.length);
    expect(codeOnly(text).split('\n')).toHaveLength(4);
    expect(squeeze(text)).toBe('a(); \n \n b();');
  });

  it('blanks the inside of strings, with escapes and foreign quotes, and keeps the quotes', () => {
    expect(squeeze(String.raw`x('a\'b"c', "d'e\"f") + g`)).toBe(`x(' ', " ") + g`);
  });

  it('blanks the text of a template and keeps the code inside it, nested ones too', () => {
    expect(squeeze('f`Date.now() ${ a({ b: `x ${ c() } y` }) } "z` + d')).toBe('f` ${ a({ b: ` ${ c() } ` }) } ` + d');
  });

  it('tells a regular expression from a division', () => {
    expect(squeeze("s.split(/'/).map(b); // x'")).toBe('s.split(/ /).map(b);');
    expect(squeeze("a / b; c(') / d')")).toBe("a / b; c(' ')");
    expect(squeeze(`return /[/'"]/.test(x)`)).toBe('return / /.test(x)');
  });

  it('does not read a comment out of a URL or a regular expression', () => {
    expect(squeeze("const u = 'http://x/*y'; call(); // */")).toBe("const u = ' '; call();");
  });
});

describe('lines', () => {
  it('counts lines with and without a final line break', () => {
    expect([lineCount('a'), lineCount('a\n'), lineCount('a\nb')]).toEqual([1, 1, 2]);
    expect([lineAt('a\nb\nc', 0), lineAt('a\nb\nc', 2), lineAt('a\nb\nc', 4)]).toEqual([1, 2, 3]);
  });
});

describe('importsOf', () => {
  it('finds every form of import with its line', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from '@trii/kernel';",
      'import {',
      '  c,',
      '  type D,',
      '} from "node:fs";',
      "import './side-effect.ts';",
      "export * from './e.ts';",
      "export type { F } from './f.ts';",
      "export * as g from './g.ts';",
      "const h = await import('./h.ts');",
      "type I = typeof import('./i.ts');",
    ].join('\n');
    expect(importsOf(text).map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly])).toEqual([
      ['./a.ts', 1, false],
      ['@trii/kernel', 2, true],
      ['node:fs', 3, false],
      ['./side-effect.ts', 7, false],
      ['./e.ts', 8, false],
      ['./f.ts', 9, true],
      ['./g.ts', 10, false],
      ['./h.ts', 11, false],
      ['./i.ts', 12, false],
    ]);
  });

  it('ignores what only looks like an import', () => {
    const text = [
      "// import { a } from './a.ts';",
      ' * import { b } from "./b.ts";',
      "const from = 'x'; export const y = 'z';",
      '`',
      "import c from 'c';",
      '`;',
    ].join('\n');
    expect(importsOf(text)).toEqual([]);
  });

  it('names the library or the file an import points at', () => {
    expect(libraryOf('@trii/domain/src/x.ts')).toBe('@trii/domain');
    expect(libraryOf('csv-parse/sync')).toBe('csv-parse');
    expect(libraryOf('node:fs/promises')).toBe('node:fs/promises');
    expect(libraryOf('./x.ts')).toBeUndefined();
    expect(targetOf('packages/domain/src/market/a.ts', '../portfolio/index.ts')).toBe('packages/domain/src/portfolio/index.ts');
    expect(targetOf('packages/domain/src/market/a.ts', 'zod')).toBeUndefined();
  });
});
