import { createExecutor, deliveriesOf, type TransactionHost } from '@trii/domain';
import {
  connectBlocking,
  connectCache,
  openQueues,
  poll,
  RELAY_BATCH,
  redisLivePublisher,
  relayPending,
  startQueueWorker,
} from '@trii/infra';
import { type JobParts, runJob } from '@trii/jobs';
import { systemClock } from '@trii/kernel';
import { noPorts, quietLogger } from '../quiet.ts';
import { countdown } from './countdown.ts';
import { valuePortfolioJob as definition } from './value-portfolio.ts';

export interface JobSide extends AsyncDisposable {
  /** From pending deliveries to all of them done. */
  work(count: number): Promise<void>;
}

export interface JobSideOptions {
  readonly redisUrl: string;
  readonly concurrency: number;
}

/** As the workers' configuration has it by default. */
const LOCK_MS = 15_000;
const STALLED_MS = 5_000;
const RELAY_IDLE_MS = 100;
const PREFIX = 'trii-bench';

export const jobParts = (transactions: TransactionHost): JobParts => ({
  executor: createExecutor({ transactions, clock: systemClock, ports: noPorts, logger: quietLogger, subscriptions: {} }),
  deliveries: deliveriesOf(transactions),
  logger: quietLogger,
});

/** Relay, queue and worker put together as apps/workers does, with one job. */
export function openOurSide(transactions: TransactionHost, { redisUrl, concurrency }: JobSideOptions): JobSide {
  const finished = countdown();
  const adding = connectCache(redisUrl, finished.fail);
  const taking = connectBlocking(redisUrl, finished.fail);
  const queues = openQueues({ names: [definition.queue], connection: adding, prefix: PREFIX, onError: finished.fail });
  const { name, queue, attempts, backoff } = definition;
  const relay = {
    transactions,
    queues,
    live: redisLivePublisher(adding),
    routes: new Map([[name, { queue, attempts, backoff }]]),
    logger: quietLogger,
  };
  const parts = jobParts(transactions);
  const stopping = new AbortController();
  const worker = startQueueWorker({
    queue,
    prefix: PREFIX,
    concurrency,
    connection: taking,
    lockMs: LOCK_MS,
    stalledMs: STALLED_MS,
    signal: stopping.signal,
    onError: finished.fail,
    async work(taken) {
      const end = await runJob(parts, definition, taken).catch((error: unknown) => {
        finished.fail(error);
        throw error;
      });
      finished.done();
      return end;
    },
  });
  return {
    async work(count) {
      const relaying = new AbortController();
      const poller = poll({
        name: 'relay',
        step: () => relayPending(relay),
        full: RELAY_BATCH,
        idleMs: RELAY_IDLE_MS,
        signal: relaying.signal,
        logger: { ...quietLogger, error: ({ error }) => finished.fail(error) },
      });
      try {
        await finished.wait(count);
      } finally {
        relaying.abort();
        await poller.ended;
      }
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queues.queueOf(queue).obliterate({ force: true });
      await queues.close();
      adding.disconnect();
      taking.disconnect();
    },
  };
}
