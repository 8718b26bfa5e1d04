import { expect, test } from 'vitest';
import { survivesKills } from './killed-platform.fixture.ts';

test('api and workers killed at random moments lose nothing, do nothing twice, and every answer stays true', async () => {
  expect(await survivesKills({ seed: 20261124, forMs: 4_000 })).toContain('answers');
}, 180_000);
