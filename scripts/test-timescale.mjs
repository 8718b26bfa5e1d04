// `npm run test:timescale [-- vitest options]`: what only a server with TimescaleDB can show. TIMESCALE_URL is a superuser's address of one.
import { runTests } from './run-tests.mjs';

if ((process.env.TIMESCALE_URL ?? '') === '') {
  console.error(
    'TIMESCALE_URL is not set. Give the address of a superuser of a PostgreSQL server with TimescaleDB that is there for tests alone,\n' +
      'for example postgres://postgres:PASSWORD@127.0.0.1:5432/postgres. The tests make a database of their own and give the logins\n' +
      'trii_* new passwords, so they refuse a server that holds a platform.',
  );
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
} else {
  const options = ['--config', 'vitest.nightly.config.ts', '--project', 'timescale', ...process.argv.slice(2)];
  await runTests({ options, deadlineMs: 300_000 });
}
