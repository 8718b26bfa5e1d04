import { createClient, platformError, type TriiClient } from '@trii/client';
import { callerOperations } from '@trii/contract';
import { newId } from '@trii/kernel';
import { createTestDatabase, personalKeys, recordingLogger, type TestDatabase, withClient } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from './server.ts';

const LOGIN = { password: 'correct horse battery' };
const CHEAP_BCRYPT = 4;

let database: TestDatabase;
let api: Api;
let url: string;

const configOf = (of: TestDatabase) => ({
  ...of.servers,
  ...personalKeys,
  API_PORT: 0,
  HOST: '127.0.0.1',
  PASSWORD_PEPPER: 'a pepper for the tests',
  BCRYPT_COST: CHEAP_BCRYPT,
});

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(configOf(database), recordingLogger());
  url = `http://127.0.0.1:${api.port}`;
});
afterAll(async () => {
  await api.stop();
});

async function investor(): Promise<{ readonly client: TriiClient; readonly email: string; readonly token: string }> {
  const email = `${newId()}@example.com`;
  const anyone = createClient({ url });
  await anyone.identity.register.mutate({ email, ...LOGIN, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  const { token } = await anyone.identity.signIn.mutate({ email, ...LOGIN });
  return { client: createClient({ url, token }), email, token };
}

const failureOf = async (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => platformError(error),
  );

test('an investor registers, signs in, opens a portfolio and reads it through the typed client', async () => {
  const { client } = await investor();
  const { id } = await client.portfolio.open.mutate({ name: 'Retirement', openedOn: '2018-01-02' });
  await client.cash.deposit.mutate({ portfolioId: id, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
  expect(await client.portfolio.summary.query({ portfolioId: id })).toMatchObject({
    name: 'Retirement',
    cashBalance: '1000',
    totalValue: '1000',
    positions: [],
  });
});

test('a command sent again under its key does nothing twice and answers the same', async () => {
  const { client } = await investor();
  const { id: portfolioId } = await client.portfolio.open.mutate({ name: 'Once', openedOn: '2018-01-02' });
  const context = { context: { idempotencyKey: newId() } };
  const input = { portfolioId, amount: '10.00', currency: 'USD', date: '2018-01-02' };
  const first = await client.cash.deposit.mutate(input, context);
  expect(await client.cash.deposit.mutate(input, context)).toEqual(first);
  expect((await client.portfolio.summary.query({ portfolioId })).cashBalance).toBe('10');
});

test('a session ends at sign-out: the next call with its token is refused', async () => {
  const { client } = await investor();
  expect(await failureOf(client.identity.me.query({}))).toBeUndefined();
  await client.identity.signOut.mutate({});
  expect(await failureOf(client.identity.me.query({}))).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('losing the cache whole signs nobody out', async () => {
  const { client, email } = await investor();
  const cache = new Redis(database.servers.REDIS_CACHE_URL);
  expect(await cache.dbsize()).toBeGreaterThan(0);
  await cache.flushdb();
  cache.disconnect();
  expect((await client.identity.me.query({})).email).toBe(email);
});

test('a token is stored nowhere, only its hash', async () => {
  const { token } = await investor();
  const stored = await withClient(database.urls.admin, (client) =>
    client.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM user_sessions s WHERE s::text LIKE $1 UNION ALL SELECT count(*)::int FROM audit_logs a WHERE a::text LIKE $1',
      [`%${token}%`],
    ),
  );
  expect(stored.rows).toEqual([{ n: 0 }, { n: 0 }]);
});

test.each([
  ['an unknown operation', 'POST', '/trpc/portfolio.steal', '{}', 404, 'NOT_FOUND'],
  ['a body that is not JSON', 'POST', '/trpc/identity.signIn', '{"email":', 400, 'INVALID_INPUT'],
  ['a command sent as GET', 'GET', '/trpc/identity.signIn?input=%7B%7D', null, 400, 'INVALID_INPUT'],
  ['an unknown field', 'POST', '/trpc/identity.signIn', '{"email":"a@b.co","password":"x","admin":true}', 400, 'INVALID_INPUT'],
  ['an idempotency key that is none', 'POST', '/trpc/identity.signIn', '{"email":"a@b.co","password":"x"}', 400, 'INVALID_INPUT'],
])('%s gets a typed error without a stack', async (...[what, method, path, body, status, code]) => {
  const headers = { 'content-type': 'application/json', ...(what.includes('key') ? { 'idempotency-key': 'with spaces in it' } : {}) };
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === null ? {} : { body }) });
  const text = await response.text();
  expect(response.status).toBe(status);
  expect(JSON.parse(text)).toMatchObject({ error: { data: { error: code } } });
  expect(text).not.toMatch(/node_modules|\.ts:\d|stack/);
});

test('a body over the limit is refused before it is read', async () => {
  const response = await fetch(`${url}/trpc/identity.signIn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"email":"${'a'.repeat(300_000)}"}`,
  });
  expect(response.status).toBe(413);
  expect(await response.json()).toMatchObject({ error: { data: { error: 'PAYLOAD_TOO_LARGE' } } });
});

test('what a typed error carries: the code, the fields, and the request id of the answer', async () => {
  const response = await fetch(`${url}/trpc/identity.register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'from-the-caller-1' },
    body: JSON.stringify({ email: 'not an address', password: 'short' }),
  });
  const { error } = (await response.json()) as {
    error: { data: { error: string; requestId: string; details: { issues: { path: string }[] } } };
  };
  expect(error.data.error).toBe('INVALID_INPUT');
  expect(error.data.requestId).toBe('from-the-caller-1');
  expect(error.data.details.issues.map((issue) => issue.path)).toEqual(
    expect.arrayContaining(['email', 'password', 'firstName', 'countryCode']),
  );
});

test('reads of one tick travel as one request and fail one by one', async () => {
  const { token } = await investor();
  const requests: string[] = [];
  const client = createClient({
    url,
    token,
    fetch: (input, init) => (requests.push(input instanceof Request ? input.url : input.toString()), fetch(input, init)),
  });
  const [me, list, missing] = await Promise.all([
    client.identity.me.query({}),
    client.portfolio.list.query({}),
    failureOf(client.portfolio.summary.query({ portfolioId: newId() })),
  ]);
  expect(requests).toHaveLength(1);
  expect(me.permissions).toEqual(['read', 'write', 'trade', 'account']);
  expect(list.items).toEqual([]);
  expect(missing).toMatchObject({ code: 'NOT_FOUND' });
});

test('the api refuses to start with a login that owns the tables', async () => {
  const config = { ...configOf(database), DATABASE_URL: database.urls.owner };
  await expect(startApi(config, recordingLogger())).rejects.toThrow(/trii_owner/);
});

test('the api describes itself: the OpenAPI document lists every operation that a caller reaches', async () => {
  const response = await fetch(`${url}/openapi.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  const { openapi, paths } = (await response.json()) as { openapi: string; paths: Record<string, object> };
  expect(openapi).toMatch(/^3\.1\./);
  expect(Object.keys(paths)).toEqual(callerOperations.map(({ name }) => `/trpc/${name}`));
});

test('health says ready while the database answers', async () => {
  expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ status: 'ready', cache: { state: 'up' } });
});
