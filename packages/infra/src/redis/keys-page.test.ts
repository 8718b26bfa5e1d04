import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keysPage } from './keys-page.ts';
import { streamKeys, valueKeys } from './keys.ts';

it('docs/reference/redis.md says what the home of the keys says: `npm run reference` writes it anew', () => {
  const committed = readFileSync(new URL('../../../../docs/reference/redis.md', import.meta.url), 'utf8');
  expect(committed === keysPage(), 'docs/reference/redis.md is stale: run `npm run reference` and commit what it changes').toBe(true);
});

it('names every key and stream, with its fields', () => {
  for (const { pattern } of [...valueKeys, ...streamKeys]) expect(keysPage()).toContain(`| \`${pattern}\` |`);
  expect(keysPage()).toMatch(
    /`portfolio:\{user_id\}:\{portfolio_id\}` holds: .*`total_value`, `daily_return`, `positions` \(`instrument_id`,/,
  );
});
