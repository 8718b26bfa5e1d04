import * as fc from 'fast-check';
import type { Wire } from './wire.ts';

/** Texts that have broken programs: ends of ranges, other languages' syntax, what databases and terminals cannot hold. */
const texts: readonly string[] = [
  ['', ' ', '\t', '\n', '\0', 'a\0b', '\u0007\u001B[31m', '\u0085\u2028\u2029', '\uFEFF', '\u202Eabc', '\uD800', 'a\uDFFF', '\uDC00\uD800'],
  ['İSTANBUL', 'ﬃ', 'ß', 'e\u0301', 'Ａ１', '٣', '𝟙', '👩‍👩‍👧‍👦', 'Ω'.repeat(300), 'A'.repeat(257), 'z'.repeat(20_000)],
  ["' OR 1=1 --", "'; DROP TABLE users; --", '\\', '"', '`', '$1', '$$', '%s%n%x', '%00', '?', ':id', '{{7*7}}', '${7*7}', '{0}'],
  ['=1+1', '+1', '-1', '@SUM(A1)', "=cmd|' /C calc'!A0", 'a,b;c', '"a""b"', '../../etc/passwd', 'file:///etc/passwd', 'C:\\NUL'],
  [
    '<script>alert(1)</script>',
    'a\r\nSet-Cookie: x=1',
    'null',
    'undefined',
    'true',
    'NaN',
    'Infinity',
    '__proto__',
    'constructor',
    'toString',
  ],
  ['0', '-0', '00', '1.', '.1', '1,5', '1e400', '1E5', '0x10', '1_000', '+5', ' 5', '5 ', '9'.repeat(12), '9'.repeat(13), '9'.repeat(41)],
  ['0.00000001', '0.000000001', '999999999999.99999999', '-1', '-0.00', `0.${'0'.repeat(400)}1`, '2147483648', '9223372036854775808'],
  ['0000-01-01', '0001-01-01', '0001-12-31', '1582-10-10', '1900-02-29', '2024-02-29', '2024-02-30', '2024-13-01', '9999-12-31'],
  ['9999-99-99', '10000-01-01', '275760-09-13', '+275760-09-13', '-000001-01-01', '2024-1-1', '2024-01-01T00:00:00Z', '20240101'],
  ['infinity', '-infinity', 'now', 'today', 'epoch', 'allballs', '4713-01-01 BC', '1970-01-01T00:00:60Z', '9999-12-31T23:59:59.999999999Z'],
  ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{00000000-0000-7000-8000-000000000001}'],
  ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-00000000000G', '000000000000700080000000000000001', '0-0', '1-1'],
  [
    '18446744073709551616-1',
    '99999999999999999999-0',
    'a@b',
    'a@b.co',
    'A@B.CO',
    '"a b"@c.co',
    "o'brien@example.com",
    `${'a'.repeat(250)}@b.co`,
  ],
  [
    'USD',
    'usd',
    'XXX',
    '000',
    'U$D',
    'CO',
    'ZZ',
    'Mars/Olympus',
    'UTC',
    'GMT+99',
    'posixrules',
    '-infinity-01-01',
    'DEMO',
    'DEMO%',
    'D_MO',
  ],
].flat();

const numbers: readonly number[] = [
  [0, -0, 1, -1, 0.1, 1.5, 500, 501, 5000, 5001, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53, 2 ** 63],
  [1e21, 1e-7, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, Number.EPSILON],
].flat();

/** What JSON.parse refuses, or takes for something else than it seems. */
const oddities: readonly string[] = [
  ['NaN', 'Infinity', '-Infinity', '1e400', '-1e400', '1e-400', '01', '.5', '1.', '0x1F', '1n', '123456789012345678901234567890', '+1'],
  [
    'undefined',
    "'a'",
    '"\u0001"',
    '"\\x41"',
    '"\\u00"',
    '"\\ud800"',
    '"unfinished',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    '{',
    '[',
    '',
    '//',
    '/**/1',
  ],
  ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"toJSON":1}', '{"length":1e9}', '{"then":1}'],
  ['[[[[[[]]]]]]', '{"0":1}', '"\uFEFF"', '1 2', 'true false', 'nul', 'TRUE', '"a""b"'],
  [100, 5_000].map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  [100, 5_000].map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
].flat();

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...texts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  // Any code unit, so halves of pairs too.
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xff_ff }), { maxLength: 12 }).map((units) => String.fromCharCode(...units)) },
);

/** Keys that mean something to an object, and some that mean nothing. */
export const hostileKey: fc.Arbitrary<string> = fc.constantFrom(
  ...[
    ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length', '', ' ', 'surprise'],
    ['userId', 'user_id', 'id', 'role', 'isAdmin', 'permissions', 'sessionId', 'actor', 'k'.repeat(5_000), 'a.b', '0', '\0', '\uD800'],
  ].flat(),
);

export const anything: fc.Arbitrary<Wire> = fc.oneof(
  hostileText,
  fc.constantFrom(...numbers),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(...oddities).map((raw) => ({ raw })),
  fc.array(fc.oneof(hostileText, fc.integer()), { maxLength: 3 }),
  fc.array(fc.tuple(hostileKey, hostileText), { maxLength: 3 }).map((entries) => ({ fields: entries })),
);
