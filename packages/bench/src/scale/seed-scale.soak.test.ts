import { createTestDatabase } from '@trii/testkit';
import { expect, test } from 'vitest';
import { SCALE_MAX } from './scale-size.ts';
import { holds } from './seed-checks.ts';
import { seedScale } from './seed-scale.ts';

const TEN_MINUTES_MS = 600_000;

test('100,000 portfolios, 1,000,000 positions and 10,000,000 bars take ten minutes at most and hold', async () => {
  const database = await createTestDatabase();
  const { urls } = database;
  const { checks, milliseconds } = await seedScale({
    place: { adminUrl: urls.admin, ownerUrl: urls.owner },
    portfolios: SCALE_MAX,
    passwordHash: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  expect(checks.filter((check) => !holds(check))).toEqual([]);
  expect(milliseconds).toBeLessThan(TEN_MINUTES_MS);
  await database.close();
}, 1_800_000);
