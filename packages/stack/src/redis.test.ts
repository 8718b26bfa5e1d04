import { expect, it } from 'vitest';
import { redisConfiguration } from './redis.ts';

const values = { data: '/data/redis', port: 6400, password: 'p', durable: true };

it('the queue never loses a key to eviction, and the server listens on this machine only', () => {
  const lines = redisConfiguration(values).split('\n');
  expect(lines).toContain('maxmemory-policy noeviction');
  expect(lines).toContain('bind 127.0.0.1');
  expect(lines).toContain('requirepass p');
});

it('a folder with spaces, quotes and backslashes stays one value', () => {
  expect(redisConfiguration({ ...values, data: '/my "own" da\\ta' })).toContain('dir "/my \\"own\\" da\\\\ta"\n');
});

it('keeps what it was told across a restart only where asked to', () => {
  expect(redisConfiguration(values)).toContain('appendonly yes\n');
  expect(redisConfiguration({ ...values, durable: false })).toContain('appendonly no\n');
});
