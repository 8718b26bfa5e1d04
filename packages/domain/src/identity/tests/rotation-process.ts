import { createInterface } from 'node:readline';
import { createTestPlatform, ringOf, type TestDatabase } from '@trii/testkit';
import { localOrigin, systemActor } from '../../platform/index.ts';
import { rotateKeysHandler } from '../rotate-keys.ts';

// A process of its own, to be killed: it reads one line of JSON, rotates, and says each chunk that is committed. It ends with its parent.
const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
lines.once(
  'line',
  (line) => void run(JSON.parse(line) as { readonly database: TestDatabase; readonly runId: string; readonly current: string }),
);

async function run({ database, runId, current }: { database: TestDatabase; runId: string; current: string }): Promise<void> {
  const platform = await createTestPlatform(database, { vault: ringOf(current, 't1') });
  await platform.executor.batch(rotateKeysHandler, {
    actor: systemActor('cli'),
    input: { runId },
    origin: localOrigin('child'),
    onChunk: ({ rewrapped }) => void process.stdout.write(`committed ${rewrapped ?? 0}\n`),
  });
}
