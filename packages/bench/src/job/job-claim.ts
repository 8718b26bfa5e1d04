import { takePending, type TransactionHost } from '@trii/domain';
import { closeOrm, createOrm, createTransactionHost } from '@trii/infra';
import { runJob } from '@trii/jobs';
import { invariant } from '@trii/kernel';
import type { BenchPlace, BenchSize, Claim, OpenClaim } from '../claim.ts';
import { timed } from '../claim.ts';
import { openBareDatabase } from '../bare-database.ts';
import { openBareSide, type RecordedJob } from './bare-side.ts';
import { assertAllDone, leaveEvents, makePortfolios } from './job-events.ts';
import { type JobSide, jobParts, openOurSide } from './our-side.ts';
import { assertComplete, recordingHost } from './recording.ts';
import { valuePortfolioJob } from './value-portfolio.ts';

const TARGET = 0.6;
const CONCURRENCY = 16;
/** One for each job at work, and the relay's. */
const POOL_SIZE = CONCURRENCY + 2;

/** Events waiting in the outbox until their jobs are done, beside a BullMQ worker that says the same to the database by itself. */
export const jobClaim: Claim = {
  name: 'job',
  ours: `events in the outbox through relay, queue, job door and executor (payload and input parsed, idempotency key, audit row, delivery marked in the job's own transaction), ${CONCURRENCY} jobs at once`,
  bare: `a stock BullMQ queue and worker, ${CONCURRENCY} jobs at once, in the same process, that issues the very statements recorded from one of our jobs, and the relay's, over the plain driver with the same begins and commits`,
  open: openJob,
};

async function openJob({ servers }: BenchPlace, { jobs }: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const api = await createOrm({ url: servers.DATABASE_URL, poolSize: 1, applicationName: 'trii-bench' });
  stack.defer(() => closeOrm(api));
  const worker = await createOrm({ url: servers.DATABASE_WORKER_URL, poolSize: POOL_SIZE, applicationName: 'trii-bench' });
  stack.defer(() => closeOrm(worker));
  const transactions = await createTransactionHost({ anonymous_role: api, authenticated_user: api, worker_role: worker });
  const database = openBareDatabase(servers.DATABASE_WORKER_URL, POOL_SIZE);
  stack.defer(() => database.end());

  const portfolioIds = await makePortfolios(transactions);
  const recorded = await recordOneJob(transactions, portfolioIds);
  const options = { redisUrl: servers.REDIS_QUEUE_URL, concurrency: CONCURRENCY };
  const sampleOf = (side: JobSide) => async () => {
    await leaveEvents(transactions, portfolioIds, jobs);
    const sample = await timed(jobs, () => side.work(jobs));
    await assertAllDone(transactions);
    return sample;
  };
  const ours = sampleOf(stack.use(openOurSide(transactions, options)));
  const bare = sampleOf(stack.use(openBareSide(database, recorded, options)));
  const held = stack.move();
  return {
    measures: [{ name: 'one row locked and written', unit: 'jobs', target: TARGET, ours, bare }],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Runs one job by the job door alone and writes down what it says. */
async function recordOneJob(transactions: TransactionHost, portfolioIds: readonly string[]): Promise<RecordedJob> {
  await leaveEvents(transactions, portfolioIds, 1);
  const [event] = await transactions.bulk({ role: 'worker_role', userId: null }, ({ sql }) =>
    takePending(sql, { jobNames: [valuePortfolioJob.name], limit: 1 }),
  );
  invariant(event !== undefined, 'the event that was just left is pending');
  const { host, recorded } = recordingHost(transactions);
  const { eventId, payload, aggregateId: portfolioId } = event;
  await runJob(jobParts(host), valuePortfolioJob, { data: { eventId, payload }, attemptsMade: 0, signal: new AbortController().signal });
  assertComplete(recorded);
  return { transactions: recorded, eventId, portfolioId };
}
