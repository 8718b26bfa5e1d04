import { platform as declared } from '@trii/contract';
import { newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, systemActor } from './actor.ts';
import { deadDeliveriesHandler } from './dead-deliveries.ts';
import { deliveriesOf } from './deliveries.ts';
import { redriveDeliveryHandler } from './redrive-delivery.ts';
import { requestJobHandler } from './request-job.ts';

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { subscriptions: { [declared.JobRequested.name]: ['dispatch-snapshots', 'other-job'] } });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const call = (input: unknown) => ({ actor: systemActor('cli'), origin: localOrigin(newId()), input });
const dead = (input: object = {}) => platform.executor.run(deadDeliveriesHandler, call(input));
const request = async () => (await platform.executor.run(requestJobHandler, call({ job: 'snapshot-portfolios' }))).eventId;
const giveUp = (eventId: string, jobName: string, reason: string) =>
  deliveriesOf(platform.transactions).giveUp({ eventId, jobName }, reason);
const statusOf = async (eventId: string, jobName: string) =>
  (await platform.inspect<{ status: string }>('SELECT status FROM deliveries WHERE event_id = $1 AND job_name = $2', [eventId, jobName]))[0]
    ?.status;

it('shows what gave up with its reason, a page at a time, and drives one job of an event again', async () => {
  const [first, second] = [await request(), await request()];
  expect((await dead()).items).toEqual([]);
  await giveUp(first, 'dispatch-snapshots', 'PRICE_MISSING: no price');
  await giveUp(first, 'other-job', 'INTERNAL: broken');
  await giveUp(second, 'other-job', 'INTERNAL: broken too');

  const page = await dead({ limit: 1 });
  expect(page.items.map(({ eventId, jobName, reason }) => [eventId, jobName, reason])).toEqual([
    [first, 'dispatch-snapshots', 'PRICE_MISSING: no price'],
    [first, 'other-job', 'INTERNAL: broken'],
  ]);
  expect((await dead({ limit: 1, cursor: page.nextCursor })).items.map(({ eventId }) => eventId)).toEqual([second]);

  await platform.executor.run(redriveDeliveryHandler, call({ eventId: first, jobName: 'other-job' }));
  expect(await statusOf(first, 'other-job')).toBe('pending');
  expect(await statusOf(first, 'dispatch-snapshots')).toBe('dead');
  expect((await dead()).items.map(({ eventId, jobName }) => [eventId, jobName])).toEqual([
    [first, 'dispatch-snapshots'],
    [second, 'other-job'],
  ]);
});

it('drives nothing again that has not given up', async () => {
  const eventId = await request();
  await expect(platform.executor.run(redriveDeliveryHandler, call({ eventId, jobName: 'other-job' }))).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(await statusOf(eventId, 'other-job')).toBe('pending');
});
