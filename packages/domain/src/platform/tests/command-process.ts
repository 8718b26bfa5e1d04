import { createInterface } from 'node:readline';
import { subscriptions } from '@trii/contract';
import { systemClock } from '@trii/kernel';
import { createTestPlatform, recordingLogger, type TestDatabase } from '@trii/testkit';
import { localOrigin, type Actor } from '../actor.ts';
import { createExecutor } from '../executor.ts';
import { sessionLimitsByDefault } from '../ports.ts';
import type { TransactionHost } from '../transactions.ts';
import { probeOpen } from './probe-operations.ts';

// A process of its own that is killed before or after its commit, as the one line of JSON it reads says. It never gives an answer.
interface Order {
  readonly database: TestDatabase;
  readonly actor: Actor;
  readonly idempotencyKey: string;
  readonly killed: 'before the commit' | 'after the commit';
}

const lines = createInterface({ input: process.stdin });
lines.on('close', () => process.exit(1));
lines.once('line', (line) => void run(JSON.parse(line) as Order));

async function run({ database, actor, idempotencyKey, killed }: Order): Promise<void> {
  const { transactions, ...ports } = await createTestPlatform(database);
  const die = (): never => {
    process.kill(process.pid, 'SIGKILL');
    throw new Error('SIGKILL takes no answer');
  };
  const dying: TransactionHost = {
    ...transactions,
    async begin(session) {
      const transaction = await transactions.begin(session);
      return {
        ...transaction,
        async commit() {
          if (killed === 'before the commit') die();
          await transaction.commit();
          die();
        },
      };
    },
  };
  const { passwords, sessions, live, bank, mail, vault, throttle, blobs } = ports;
  const tokens = { issue: () => '', hash: () => '' };
  const executor = createExecutor({
    transactions: dying,
    clock: systemClock,
    logger: recordingLogger(),
    subscriptions,
    ports: {
      passwords,
      sessions,
      live,
      bank,
      mail,
      tokens,
      sessionLimits: sessionLimitsByDefault,
      throttle,
      vault,
      blobs,
      screening: { screen: () => Promise.resolve([]) },
    },
  });
  await executor.run(probeOpen(), { actor, idempotencyKey, input: { name: 'killed' }, origin: localOrigin('child') });
  process.stdout.write('answered\n');
}
