import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonProblem } from './json-text.ts';

test.each([
  ['a key twice', '{"a":1,"a":2}'],
  ['a key twice, once in escapes', '{"a":1,"\\u0061":2}'],
  ['a key twice further in', '[{"b":{"a":1,"c":{},"a":2}}]'],
  ['a reserved key twice', '{"__proto__":1,"__proto__":{"x":1}}'],
  ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
  ['33 levels of objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
])('%s is refused', (_what, text) => {
  expect(jsonProblem(text)).toBeDefined();
});

test.each([
  ['32 levels', `${'['.repeat(32)}${']'.repeat(32)}`],
  ['a key once in each of two objects', '[{"a":1},{"a":2}]'],
  ['a text that looks like keys and braces', '{"a":"\\"b\\":{[1,\\"b\\":2","c":"{{{{"}'],
  ['a reserved key', '{"__proto__":{"x":1}}'],
  ['nothing', ''],
  ['what is no JSON: its parser says so', '{"a":1,"a"'],
])('%s is let through', (_what, text) => {
  expect(jsonProblem(text)).toBeUndefined();
});

test('no JSON that a serialiser writes is refused', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      expect(jsonProblem(JSON.stringify(value))).toBeUndefined();
    }),
  );
});

test.each([
  ['a quote that is never closed, and 400,000 escaped ones', `"${'\\"'.repeat(400_000)}`, undefined],
  ['400,000 levels', '['.repeat(400_000), undefined],
  ['400,000 keys', `{${Array.from({ length: 400_000 }, (_, n) => `"${n}":1`).join(',')}}`, undefined],
  ['400,000 keys and one of them again', `{${Array.from({ length: 400_001 }, (_, n) => `"${n % 400_000}":1`).join(',')}}`, 'twice'],
])('%s are judged in one pass: two loops over so many would go beyond the deadline of any test', (_what, text, problem) => {
  const found = jsonProblem(text);
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});
