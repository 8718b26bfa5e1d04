import { defineConfig } from 'vitest/config';

// What `npm test` leaves out: scripts/soak.mjs and scripts/test-timescale.mjs run it.
const exclude = ['**/node_modules/**', '**/dist/**', '.trii/**'];
const soakMinutes = Number(process.env['SOAK_MINUTES'] ?? '10');

export default defineConfig({
  test: {
    // The forks pool does not start on Bun.
    pool: 'threads',
    // Each is to have the machine, or the server, to itself.
    fileParallelism: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['**/*.soak.test.ts'],
          exclude,
          globalSetup: './packages/testkit/src/database/global-setup.ts',
          provide: { soakMinutes, soakIsWatched: process.stderr.isTTY },
          testTimeout: soakMinutes * 2 * 60_000 + 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'timescale',
          include: ['**/*.timescale.test.ts'],
          exclude,
          provide: { timescaleUrl: process.env['TIMESCALE_URL'] ?? '' },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
