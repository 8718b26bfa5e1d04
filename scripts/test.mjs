// `npm test [-- vitest options]`: every test, in less than ten minutes. What takes longer, or a server of its own, is in soak.mjs and test-timescale.mjs.
import { runTests } from './run-tests.mjs';

await runTests({ options: process.argv.slice(2), deadlineMs: 590_000 });
