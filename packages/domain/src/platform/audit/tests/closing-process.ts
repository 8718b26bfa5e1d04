import { createInterface } from 'node:readline';
import { createTestPlatform, testAuditKey, type TestDatabase } from '@trii/testkit';
import { localOrigin, systemActor } from '../../actor.ts';
import { closeAuditBlocksHandler } from '../close-audit-blocks.ts';

// A process of its own, to be killed: it reads one line of JSON and closes blocks for ever. It says each chunk and ends with its parent.
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
lines.once('line', (line) => void run(JSON.parse(line) as TestDatabase));

async function run(database: TestDatabase): Promise<never> {
  const platform = await createTestPlatform(database);
  const onChunk = ({ rows }: Readonly<Record<string, number>>): void => void process.stdout.write(`closed ${rows}\n`);
  const call = { actor: systemActor('closer'), input: {}, origin: localOrigin('child'), onChunk };
  for (;;) await platform.executor.batch(closeAuditBlocksHandler(testAuditKey()), call);
}
