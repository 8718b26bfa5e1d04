import { newId } from '@trii/kernel';
import {
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor, type Actor } from './actor.ts';
import { jobProgressHandler } from './job-progress.ts';
import { markDead, markRelayed, takePending } from './relay.ts';
import { requestJobHandler } from './request-job.ts';

let database: TestDatabase;
let platform: TestPlatform;
let investor: Actor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  investor = investorActor((await createUser(database)).id);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

const origin = localOrigin('request-1');
const request = (actor: Actor, idempotencyKey?: string) =>
  platform.executor.run(requestJobHandler, { actor, input: { job: 'snapshot-portfolios' }, origin, idempotencyKey });
const progress = (actor: Actor = operatorActor()) => platform.executor.run(jobProgressHandler, { actor, input: {}, origin });

it('asks once for a job by an event that the dispatcher of that job reacts to', async () => {
  const operator = operatorActor();
  const key = newId();
  const { eventId } = await request(operator, key);
  expect(await request(operator, key)).toEqual({ eventId });
  const deliveries = await platform.inspect(
    'SELECT d.job_name, d.status, o.name, o.payload, o.user_id FROM deliveries d JOIN outbox o ON o.id = d.event_id WHERE d.event_id = $1',
    [eventId],
  );
  expect(deliveries).toEqual([
    {
      job_name: 'dispatch-snapshots',
      status: 'pending',
      name: 'platform.JobRequested',
      payload: { job: 'snapshot-portfolios' },
      user_id: null,
    },
  ]);
});

it("may be done from the command line, which holds the operator's login, and by no investor", async () => {
  const { eventId } = await request(systemActor('cli'));
  const [audit] = await platform.inspect(
    "SELECT actor, user_id, new_values ->> 'eventId' AS event FROM audit_logs WHERE use_case = 'platform.requestJob' ORDER BY id DESC LIMIT 1",
  );
  expect(audit).toEqual({ actor: 'system:cli', user_id: null, event: eventId });
  await expect(request(investor)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('is counted from pending to its end; live updates are no jobs; portfolios with new entries are due', async () => {
  const before = await progress();
  const [first, second] = [await request(systemActor('cli')), await request(systemActor('cli')), await request(systemActor('cli'))];
  expect(await progress()).toEqual({ ...before, pending: before.pending + 3 });

  await platform.transactions.bulk({ role: 'worker_role', userId: null }, async ({ sql }) => {
    const taken = (await takePending(sql, { jobNames: ['dispatch-snapshots'], limit: 100 })).filter(({ eventId }) =>
      [first.eventId, second.eventId].includes(eventId),
    );
    await markRelayed(sql, taken);
    await markDead(sql, { eventId: second.eventId, jobName: 'dispatch-snapshots', reason: 'gave up' });
  });
  expect(await progress()).toEqual({ ...before, pending: before.pending + 1, relayed: before.relayed + 1, dead: before.dead + 1 });

  const { id: userId } = await createUser(database);
  await deposit(database, await createPortfolio(database, { userId }), { amount: '100' });
  await platform.inspect(
    "INSERT INTO deliveries (event_id, job_name, event_created_at, user_id) VALUES (gen_random_uuid(), 'publish-live', now(), $1)",
    [userId],
  );
  expect(await progress()).toMatchObject({ pending: before.pending + 1, duePortfolios: before.duePortfolios + 1 });
});

it('is shown to operators alone', async () => {
  await expect(progress(investor)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});
