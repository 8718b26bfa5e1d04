import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { localOrigin, type Actor } from './actor.ts';
import { setValuationDateHandler } from './set-valuation-date.ts';
import { valuationDateHandler } from './valuation-date.ts';

let database: TestDatabase;
let platform: TestPlatform;
let investor: Actor;
let operator: UserActor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  investor = investorActor((await createUser(database)).id);
  operator = operatorActor();
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(() => set(null));

const origin = localOrigin('request-1');
const set = (date: string | null, actor: Actor = operator) =>
  platform.executor.run(setValuationDateHandler, { actor, input: { date }, origin });
const read = () => platform.executor.run(valuationDateHandler, { actor: investor, input: {}, origin });

it('follows the system clock in New York until it is fixed', async () => {
  // 03:30 UTC is still the day before in New York, in winter and in summer.
  platform.clock.set('2026-01-06T03:30:00Z');
  expect(await read()).toEqual({ date: '2026-01-05', followsSystemClock: true });
  platform.clock.set('2026-07-07T03:30:00Z');
  expect(await read()).toEqual({ date: '2026-07-06', followsSystemClock: true });
  platform.clock.set('2026-07-07T04:00:00Z');
  expect(await read()).toEqual({ date: '2026-07-07', followsSystemClock: true });
});

it('is fixed and freed again by an operator, for everybody, with both dates in the audit', async () => {
  expect(await set('2018-05-25')).toEqual({ date: '2018-05-25', followsSystemClock: false });
  expect(await read()).toEqual({ date: '2018-05-25', followsSystemClock: false });
  expect(await set(null)).toMatchObject({ followsSystemClock: true });
  expect(await read()).toMatchObject({ followsSystemClock: true });
  const audits = await platform.inspect('SELECT old_values, new_values FROM audit_logs WHERE user_id = $1 ORDER BY id DESC LIMIT 2', [
    operator.userId,
  ]);
  expect(audits).toEqual([
    { old_values: { date: '2018-05-25' }, new_values: { date: null } },
    { old_values: { date: null }, new_values: { date: '2018-05-25' } },
  ]);
});

it('is not moved by an investor, nor to a date that does not exist', async () => {
  await expect(set('2018-05-25', investor)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await expect(set('2018-02-30')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  expect(await read()).toMatchObject({ followsSystemClock: true });
});
