import { expect, it } from 'vitest';
import { enrolmentUri, newRecoveryCodes, newSecret, plainCode, recoveryCodeHash, stepOf } from './one-time-code.ts';

// RFC 6238, appendix B: the secret is the ASCII text 12345678901234567890, SHA-1; of its eight digits the last six.
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

it.each([
  [59, '287082', 1],
  [1_111_111_109, '081804', 37_037_036],
  [1_111_111_111, '050471', 37_037_037],
  [1_234_567_890, '005924', 41_152_263],
  [2_000_000_000, '279037', 66_666_666],
  [20_000_000_000, '353130', 666_666_666],
])('at second %i the code of RFC 6238 is %s', (second, code, step) => {
  expect(stepOf(SECRET, code, second * 1_000)).toBe(step);
});

it('a code counts one step early and one late, and no further', () => {
  const found = [-61, -60, -30, 0, 30, 59, 60, 61].map((seconds) => stepOf(SECRET, '287082', (59 + seconds) * 1_000));
  expect(found).toEqual([undefined, undefined, 1, 1, 1, undefined, undefined, undefined]);
});

it.each(['28708', '2870820', '', '28708a', 'undefined'])('%j is no code', (code) => {
  expect(stepOf(SECRET, code, 59_000)).toBeUndefined();
});

it('a secret is 160 bits of chance, and authenticators read its address', () => {
  const secret = newSecret();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(newSecret()).not.toBe(secret);
  const uri = new URL(enrolmentUri(secret, 'ada@example.com'));
  expect(uri.protocol).toBe('otpauth:');
  expect(Object.fromEntries(uri.searchParams)).toEqual({ issuer: 'TRII', secret, algorithm: 'SHA1', digits: '6', period: '30' });
});

it('ten recovery codes differ, and each is known however it is typed', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{6}(?:-[A-Z2-7]{6}){3}$/);
  const [code = ''] = codes;
  expect(plainCode(` ${code.toLowerCase().replaceAll('-', ' ')} `)).toBe(code.replaceAll('-', ''));
  expect(recoveryCodeHash(code.toLowerCase())).toBe(recoveryCodeHash(plainCode(code)));
});
