import { createClient, platformError, type TriiClient } from '@trii/client';
import { newId } from '@trii/kernel';
import {
  createTestDatabase,
  type OwnRedis,
  personalKeys,
  recordingLogger,
  type RecordingLogger,
  startOwnRedis,
  type TestDatabase,
} from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from './server.ts';

const LOGIN = { password: 'correct horse battery' };
const DAY = '2018-01-02';

let database: TestDatabase;
let server: OwnRedis;
let logger: RecordingLogger;
/** Two processes behind one address, as far as investors know. */
let apis: readonly [Api, Api];

const open = (): Promise<Api> =>
  startApi(
    {
      ...database.servers,
      ...personalKeys,
      REDIS_CACHE_URL: server.url,
      API_PORT: 0,
      HOST: '127.0.0.1',
      PASSWORD_PEPPER: 'a pepper for the tests',
      BCRYPT_COST: 4,
    },
    logger,
  );

beforeAll(async () => {
  database = await createTestDatabase();
  server = await startOwnRedis();
  logger = recordingLogger();
  apis = [await open(), await open()];
});
afterEach(async () => {
  await untilUp();
});
afterAll(async () => {
  for (const api of apis) await api.stop();
  await server.close();
});

const urlOf = (at: 0 | 1): string => `http://127.0.0.1:${apis[at].port}`;

interface Person {
  readonly token: string;
  readonly here: TriiClient;
  readonly there: TriiClient;
  readonly portfolioId: string;
}

async function investor(): Promise<Person> {
  const email = `${newId()}@example.com`;
  const anyone = createClient({ url: urlOf(0) });
  await anyone.identity.register.mutate({ email, ...LOGIN, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  const { token } = await anyone.identity.signIn.mutate({ email, ...LOGIN });
  const here = createClient({ url: urlOf(0), token });
  const { id: portfolioId } = await here.portfolio.open.mutate({ name: 'Retirement', openedOn: DAY });
  return { token, here, there: createClient({ url: urlOf(1), token }), portfolioId };
}

const deposit = (client: TriiClient, portfolioId: string) =>
  client.cash.deposit.mutate({ portfolioId, amount: '1.00', currency: 'USD', date: DAY });
const cashOf = async (client: TriiClient, portfolioId: string) => (await client.portfolio.summary.query({ portfolioId })).cashBalance;

interface CacheState {
  readonly state: string;
  readonly hits: number;
  readonly bypasses: number;
}

const stateOf = async (at: 0 | 1): Promise<CacheState> =>
  ((await (await fetch(`${urlOf(at)}/health/ready`)).json()) as { cache: CacheState }).cache;

async function untilState(wanted: string): Promise<void> {
  const start = performance.now();
  while ((await stateOf(0)).state !== wanted || (await stateOf(1)).state !== wanted) {
    if (performance.now() - start > 15_000) throw new Error(`the cache is not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const untilUp = () => untilState('up');

const failureOf = async (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => platformError(error),
  );

test('whoever deposits sees it in the next read, two hundred times, whichever process answers', async () => {
  const { here, there, portfolioId } = await investor();
  const before = await stateOf(1);
  for (let n = 1; n <= 200; n += 1) {
    const [writer, reader] = n % 2 === 0 ? [here, there] : [there, here];
    await deposit(writer, portfolioId);
    expect(await cashOf(reader, portfolioId)).toBe(String(n));
    expect(await cashOf(writer, portfolioId)).toBe(String(n));
  }
  // The second read of each round came out of the cache: it was not simply off.
  expect((await stateOf(1)).hits - before.hits).toBeGreaterThan(50);
}, 60_000);

test('reads that race with deposits never hide one from who made it', async () => {
  const { here, there, portfolioId } = await investor();
  let isOver = false;
  const readers = [here, there].map(async (client) => {
    while (!isOver) await cashOf(client, portfolioId);
  });
  for (let n = 1; n <= 60; n += 1) {
    await deposit(here, portfolioId);
    expect(await cashOf(n % 2 === 0 ? here : there, portfolioId)).toBe(String(n));
  }
  isOver = true;
  await Promise.all(readers);
}, 60_000);

test('another investor who asks for the same portfolio finds nothing, though its answer is cached', async () => {
  const [owner, other] = [await investor(), await investor()];
  await cashOf(owner.here, owner.portfolioId);
  expect(await failureOf(other.here.portfolio.summary.query({ portfolioId: owner.portfolioId }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await cashOf(owner.here, owner.portfolioId)).toBe('0');
});

test('a deposit is seen though the cache is killed after it, and though it comes back with what it held before', async () => {
  const { here, there, portfolioId } = await investor();
  for (let n = 1; n <= 3; n += 1) {
    await cashOf(there, portfolioId);
    await server.kill();
    await deposit(here, portfolioId);
    expect(await cashOf(here, portfolioId)).toBe(String(2 * n - 1));
    await deposit(here, portfolioId);
    await server.restart();
    expect(await cashOf(there, portfolioId)).toBe(String(2 * n));
    await untilUp();
    expect(await cashOf(there, portfolioId)).toBe(String(2 * n));
    expect(await cashOf(here, portfolioId)).toBe(String(2 * n));
  }
}, 60_000);

test('a cache that hangs fails no call, and after the first nobody waits for it', async () => {
  const { here, there, portfolioId } = await investor();
  await cashOf(here, portfolioId);
  server.hang();
  await deposit(here, portfolioId);
  const before = await stateOf(0);
  expect(before.state).toBe('down');
  for (let n = 0; n < 20; n += 1) expect(await cashOf(here, portfolioId)).toBe('1');
  expect((await stateOf(0)).bypasses - before.bypasses).toBe(20);
  expect(await cashOf(there, portfolioId)).toBe('1');
  server.resume();
  await untilUp();
  expect(await cashOf(there, portfolioId)).toBe('1');
}, 60_000);

test('losing the cache whole, by FLUSHALL or by a restart with nothing, signs nobody out', async () => {
  const { here, there } = await investor();
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  expect((await here.identity.me.query({})).permissions).toContain('read');
  await server.kill();
  expect((await there.identity.me.query({})).permissions).toContain('read');
  await server.restart({ empty: true });
  await untilUp();
  expect((await here.identity.me.query({})).permissions).toContain('read');
}, 60_000);

test('a session that was ended stays ended: without a cache, when it returns, and when it has lost everything', async () => {
  const { here, there, portfolioId } = await investor();
  await cashOf(there, portfolioId);
  await server.kill();
  await untilState('down');
  expect(await here.identity.signOut.mutate({})).toEqual({ ended: true });
  const refused = { code: 'UNAUTHENTICATED' };
  expect(await failureOf(there.identity.me.query({}))).toMatchObject(refused);
  await server.restart();
  expect(await failureOf(there.identity.me.query({}))).toMatchObject(refused);
  await untilUp();
  expect(await failureOf(here.identity.me.query({}))).toMatchObject(refused);
  expect(await failureOf(there.identity.me.query({}))).toMatchObject(refused);
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  expect(await failureOf(there.identity.me.query({}))).toMatchObject(refused);
}, 60_000);
