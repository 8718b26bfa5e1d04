import type { CommandHandler, QueryHandler } from '@trii/domain';
import { expect, it } from 'vitest';
import { tableSizesDaily } from './monitoring.jobs.ts';

it.each([
  [true, ['monitoring.sampleDue', 'monitoring.sampleDaily']],
  [false, ['monitoring.sampleDue']],
])('the hourly look takes the sample when the day has none (%s), and leaves no audit row otherwise', async (due, expected) => {
  const asked: string[] = [];
  await tableSizesDaily.run({
    run: (handler: QueryHandler | CommandHandler) => {
      asked.push(handler.declaration.name);
      return Promise.resolve({ due } as never);
    },
    batch: () => Promise.reject(new Error('it runs no batch')),
  });
  expect(asked).toEqual(expected);
});
