// `npm run soak [-- vitest options]`: the long forms of tests that `npm test` runs briefly. SOAK_MINUTES says how long each goes on.
import { runTests } from './run-tests.mjs';

/** For all of them together, one after the other. */
const DEADLINE_MS = 4 * 3_600_000;

const minutes = Number(process.env.SOAK_MINUTES ?? '10');
if (minutes > 0 && minutes <= 60) {
  await runTests({
    options: ['--config', 'vitest.nightly.config.ts', '--project', 'soak', ...process.argv.slice(2)],
    deadlineMs: DEADLINE_MS,
  });
} else {
  console.error(`SOAK_MINUTES is "${process.env.SOAK_MINUTES}": give each soak more than 0 and at most 60 minutes.`);
  process.exitCode = 2;
}
