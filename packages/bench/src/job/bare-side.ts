import { type DatabaseSession, markRelayed, type Relayable, takePending } from '@trii/domain';
import { RELAY_BATCH } from '@trii/infra';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { type BareDatabase, bareSql } from '../bare-database.ts';
import { countdown } from './countdown.ts';
import type { JobSide, JobSideOptions } from './our-side.ts';
import { type RecordedTransaction, replay } from './recording.ts';
import { valuePortfolioJob as definition } from './value-portfolio.ts';

/** What one run of the job said to the database, and which ids in it were the event's and the portfolio's. */
export interface RecordedJob {
  readonly transactions: readonly RecordedTransaction[];
  readonly eventId: string;
  readonly portfolioId: string;
}

const QUEUE = 'bench';
const PREFIX = 'trii-bench-bare';
const session: DatabaseSession = { role: 'worker_role', userId: null };
const JobData = z.object({ eventId: z.string(), payload: z.object({ portfolioId: z.string() }) });

/** The options our own queue gives a job: they cost Redis as much on either side. */
const options = {
  attempts: definition.attempts,
  backoff: { type: definition.backoff.type, delay: definition.backoff.delayMs },
  removeOnComplete: { count: 1_000, age: 24 * 60 * 60 },
  removeOnFail: { count: 1_000, age: 7 * 24 * 60 * 60 },
};

/** A stock BullMQ queue and worker; the relay's statements and the job's own, as recorded, over the plain driver. */
export function openBareSide(database: BareDatabase, recorded: RecordedJob, { redisUrl, concurrency }: JobSideOptions): JobSide {
  const finished = countdown();
  const adding = new Redis(redisUrl);
  const taking = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection: adding, prefix: PREFIX });
  const worker = new Worker(
    QUEUE,
    async ({ data }) => {
      const { eventId, payload } = JobData.parse(data);
      const ids = new Map([
        [recorded.eventId, eventId],
        [recorded.portfolioId, payload.portfolioId],
      ]);
      await replay(database, recorded.transactions, ids).catch(finished.fail);
      finished.done();
    },
    { connection: taking, prefix: PREFIX, concurrency },
  );
  queue.on('error', finished.fail);
  worker.on('error', finished.fail);

  const add = (taken: readonly Relayable[]) =>
    queue.addBulk(
      taken.map(({ eventId, jobName, payload }) => ({
        name: jobName,
        data: { eventId, payload },
        opts: { ...options, jobId: `${eventId}-${jobName}` },
      })),
    );

  const relayOnce = () =>
    database.transaction(session, 'write', async (client) => {
      const sql = bareSql(client, 'write');
      const taken = await takePending(sql, { jobNames: [definition.name], limit: RELAY_BATCH });
      if (taken.length === 0) return 0;
      await add(taken);
      await markRelayed(sql, taken);
      return taken.length;
    });

  async function relayAll(): Promise<void> {
    while ((await relayOnce()) === RELAY_BATCH);
  }

  return {
    async work(count) {
      await Promise.all([finished.wait(count), relayAll()]);
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      adding.disconnect();
      taking.disconnect();
    },
  };
}
