import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**', '.trii/**'];

export default defineConfig({
  test: {
    // The forks pool does not start on Bun.
    pool: 'threads',
    // Tests wait for servers and deadlines as much as they compute: two cores carry two of them, where the default is one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // Some start a program, which on a busy machine takes its time: a deadline is for what hangs.
          testTimeout: 30_000,
          setupFiles: './packages/testkit/src/property-seed.ts',
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/*.db.test.ts', '**/*.soak.test.ts', '**/*.timescale.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'db',
          include: ['**/*.db.test.ts'],
          exclude: ignored,
          globalSetup: './packages/testkit/src/database/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
