import { createInterface } from 'node:readline';
import { createTestPlatform, type TestDatabase } from '@trii/testkit';
import { localOrigin, systemActor } from '../actor.ts';
import { probeFill } from './probe-batch.ts';

// A process of its own, to be killed: it reads one line of JSON, runs the batch, and says each chunk that is committed. It ends with its parent.
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
lines.once('line', (line) => void run(JSON.parse(line) as { readonly database: TestDatabase; readonly input: unknown }));

async function run({ database, input }: { readonly database: TestDatabase; readonly input: unknown }): Promise<void> {
  const platform = await createTestPlatform(database);
  await platform.executor.batch(probeFill(), {
    actor: systemActor('probe'),
    input,
    origin: localOrigin('child'),
    onChunk: ({ bars }) => void process.stdout.write(`committed ${bars}\n`),
  });
}
