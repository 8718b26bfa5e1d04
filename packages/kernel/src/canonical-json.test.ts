import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { decimal } from './decimal.ts';
import { Money } from './money.ts';

describe('RFC 8785', () => {
  test('the example of section 3.2.2', () => {
    const input: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
        '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('the order of names of section 3.2.3', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 0])));
    expect(Object.keys(JSON.parse(text) as object)).toHaveLength(7);
    const order = ['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'].map((name) => text.indexOf(`"${name}"`));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });
});

test('names in any order make one text, undefined members none', () => {
  expect(canonicalJson({ b: 1, a: { d: undefined, c: [2, '3'] } })).toBe('{"a":{"c":[2,"3"]},"b":1}');
});

test('dates, decimals and money are written as they travel', () => {
  expect(canonicalJson([new Date(0), decimal('1.50'), Money.of('2.00', 'COP')])).toBe(
    '["1970-01-01T00:00:00.000Z","1.5",{"amount":"2","currency":"COP"}]',
  );
});

test('toJSON is asked, unless it is a mere name', () => {
  expect(canonicalJson({ a: { toJSON: () => [1] }, b: { toJSON: 2 } })).toBe('{"a":[1],"b":{"toJSON":2}}');
});

test('negative zero is zero', () => {
  expect(canonicalJson(-0)).toBe('0');
});

describe('refuses, with the path', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  test.each([
    ['NaN', { a: [1, Number.NaN] }, '$.a[1]'],
    ['infinity', { a: Number.POSITIVE_INFINITY }, '$.a'],
    ['a bigint', { a: 1n }, '$.a'],
    ['a function', { a: () => 1 }, '$.a'],
    ['undefined in an array', [undefined], '$[0]'],
    ['a hole in an array', Array.from({ length: 1 }), '$[0]'],
    ['undefined at the top', undefined, '$'],
    ['a lone surrogate', { a: '\ud800' }, '$.a'],
    ['an invalid date', [new Date(Number.NaN)], '$[0]'],
    ['a Map', { a: new Map() }, '$.a'],
    ['a decimal that is no number', [decimal(0).div(0)], '$[0]'],
  ])('%s', (_what, value, path) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL', details: { path } }));
  });

  test('a cycle', () => {
    expect(() => canonicalJson(cycle)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  });
});

test('reads back as the same value, and is the same for it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      const back: unknown = JSON.parse(text);
      expect(canonicalJson(back)).toBe(text);
      expect(back).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
