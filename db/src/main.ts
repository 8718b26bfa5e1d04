// What `trii migrate` is in a checkout, for servers of one's own: it carries no embedded server, so a production image may hold it.
import { readPreparation } from './environment.ts';
import { moveSeriesToTimescale } from './move-series.ts';
import { prepare } from './prepare.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const fail = (error: unknown): void => {
  // Most failures are an address or a right: the sentence says it. What they came from stands below.
  process.stderr.write(`The database was not prepared: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
};

try {
  const preparation = readPreparation();
  const ran = await prepare(preparation, { onStep: say });
  say(ran.length === 0 ? 'The schema is up to date.' : `${ran.length} migrations ran.`);
  if (process.argv.slice(2).join(' ') === '--series timescale') {
    const { moved } = await moveSeriesToTimescale({ ownerUrl: preparation.ownerUrl, onStep: say });
    say(moved ? 'TimescaleDB keeps the series now.' : 'TimescaleDB kept the series already.');
  }
} catch (error) {
  fail(error);
}
