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
          // One world for all files: they keep nothing in modules, and most of their time went into loading the same modules anew.
          isolate: false,
          // Some start a program, which on a busy machine takes its time: a deadline is for what hangs.
          testTimeout: 30_000,
          setupFiles: './packages/testkit/src/property-seed.ts',
          include: ['**/*.test.ts'],
          exclude: [...ignored, '**/*.db.test.ts', '**/*.program.test.ts', '**/*.soak.test.ts', '**/*.timescale.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          // Start many programs, which takes as long as all unit tests: not in `npm run verify`.
          name: 'program',
          include: ['**/*.program.test.ts'],
          exclude: ignored,
          testTimeout: 30_000,
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
