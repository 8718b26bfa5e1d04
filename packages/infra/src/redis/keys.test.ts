import { createHash } from 'node:crypto';
import { canonicalJson } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keyOf, notificationsStream, portfolioKey, predictionKey, quoteKey, sessionKey, streamKeys, valueKeys } from './keys.ts';

const user = '00000000-0000-7000-8000-00000000000a';
const portfolio = '00000000-0000-7000-8000-00000000000b';
const hash = 'a'.repeat(43);

describe('the keys of the specification', () => {
  it('are built from their segments', () => {
    expect(keyOf(quoteKey, { symbol: 'BRK.B' })).toBe('market:quote:BRK.B');
    expect(keyOf(sessionKey, { hash })).toBe(`session:${hash}`);
    expect(keyOf(portfolioKey, { user_id: user, portfolio_id: portfolio })).toBe(`portfolio:${user}:${portfolio}`);
    expect(keyOf(predictionKey, { symbol: 'AAPL', model_version: 'drift@1.2.0@5d' })).toBe('ml:prediction:AAPL:drift@1.2.0@5d');
    expect(keyOf(notificationsStream, { user_id: user })).toBe(`stream:notifications:${user}`);
  });

  it('live as long as it says', () => {
    expect(Object.fromEntries(valueKeys.map(({ pattern, ttlMs }) => [pattern, ttlMs / 1000]))).toEqual({
      'market:quote:{symbol}': 1,
      'session:{hash}': 86_400,
      'portfolio:{user_id}:{portfolio_id}': 30,
      'ml:prediction:{symbol}:{model_version}': 3_600,
    });
  });

  it.each([
    () => keyOf(quoteKey, { symbol: 'A:B' }),
    () => keyOf(quoteKey, { symbol: '' }),
    () => keyOf(sessionKey, { hash: `${hash}:x` }),
    () => keyOf(portfolioKey, { user_id: `${user}:x`, portfolio_id: portfolio }),
    () => keyOf(portfolioKey, { user_id: user, portfolio_id: '*' }),
    () => keyOf(predictionKey, { symbol: 'AAPL', model_version: 'drift' }),
    () => keyOf(predictionKey, { symbol: 'AAPL', model_version: 'a:b@1@5d' }),
    () => keyOf(notificationsStream, { user_id: 'everyone' }),
  ])('have no room for what would name another: case %#', (build) => {
    expect(build).toThrow(/is not a valid segment/);
  });
});

// A changed shape without a new version would be read by the processes of the version before, and theirs by ours. Count the version up, then
// write the new fingerprint here.
it('a value of another shape has another version', () => {
  const fingerprints = valueKeys.map(({ pattern, version, value }) => {
    const shape = canonicalJson(z.toJSONSchema(value));
    return `${pattern} ${version} ${createHash('sha256').update(shape).digest('hex').slice(0, 12)}`;
  });
  expect(fingerprints).toEqual([
    'market:quote:{symbol} 1 b0e7cf5afe4e',
    'session:{hash} 5 e189956f5bc5',
    'portfolio:{user_id}:{portfolio_id} 3 addd7d6cf61a',
    'ml:prediction:{symbol}:{model_version} 1 63ca380a0c85',
  ]);
});

it('streams are bounded, and those there is one of per user go when idle', () => {
  for (const { pattern, maxLength, idleMs } of streamKeys) {
    expect(maxLength).toBeLessThanOrEqual(100_000);
    expect(idleMs !== null).toBe(pattern.includes('{'));
  }
});
