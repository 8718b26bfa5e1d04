import { createClient, type TriiClient } from '@trii/client';
import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestApi, type TestApi } from '../tests/test-api.ts';

let server: TestApi;
let other: TestApi['api'];
beforeAll(async () => {
  server = await startTestApi({ RATE_LIMIT_KEY: { burst: 40, perSecond: 1 } });
  other = await server.another();
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

type Permissions = Parameters<TriiClient['identity']['createApiKey']['mutate']>[0]['permissions'];

async function program(permissions: Permissions = ['read', 'write', 'trade']) {
  const { client: owner, email } = await server.investor();
  const made = await owner.identity.createApiKey.mutate({ name: 'a program', permissions });
  return { ...made, owner, email, client: createClient({ url: server.url, token: made.key }) };
}

const inspect = async <Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> =>
  (await withClient(server.database.urls.admin, (client) => client.query<Row>(text, [...values]))).rows;

test('a program acts for its owner, with the rights of its key, and the audit says that it was the program', async () => {
  const { client, owner, id } = await program();
  const opened = await client.portfolio.open.mutate({ name: 'By a program' });
  expect((await owner.portfolio.list.query({})).items.map((item) => item.id)).toEqual([opened.id]);
  expect(await client.identity.me.query({})).toMatchObject({ permissions: ['read', 'write', 'trade'] });
  const { userId } = await owner.identity.me.query({});
  expect(await inspect(`SELECT DISTINCT actor FROM audit_logs WHERE user_id = $1 AND use_case = 'portfolio.open'`, [userId])).toEqual([
    { actor: `user:${userId} key:${id}` },
  ]);
});

test('of a key only the hash is kept, and nothing but its beginning is shown again', async () => {
  const { key, prefix, owner, id } = await program(['read']);
  expect(key).toMatch(/^trii_[\w-]{43}$/);
  expect(prefix).toBe(key.slice(0, 11));
  const { items } = await owner.identity.listApiKeys.query({});
  expect(items).toEqual([
    expect.objectContaining({ id, prefix, name: 'a program', permissions: ['read'], state: 'ACTIVE', lastUsedAt: null }),
  ]);
  expect(JSON.stringify(items)).not.toContain(key);
  const [kept] = await inspect<{ places: number }>(
    `SELECT (SELECT count(*)::int FROM api_keys t WHERE t::text LIKE $1) + (SELECT count(*)::int FROM audit_logs t WHERE t::text LIKE $1)
       + (SELECT count(*)::int FROM idempotency t WHERE t::text LIKE $1) AS places`,
    [`%${key.slice(12)}%`],
  );
  expect(kept).toEqual({ places: 0 });
});

test('a key that is revoked is refused at its next call, at every api', async () => {
  const { client, owner, id, key } = await program();
  const elsewhere = createClient({ url: `http://127.0.0.1:${other.port}`, token: key });
  await Promise.all([client.portfolio.list.query({}), elsewhere.portfolio.list.query({})]);
  expect(await owner.identity.revokeApiKey.mutate({ keyId: id })).toEqual({ revoked: true });
  for (const one of [client, elsewhere]) expect(await failureOf(one.portfolio.list.query({}))).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await owner.identity.revokeApiKey.mutate({ keyId: id })).toEqual({ revoked: false });
  expect((await owner.identity.listApiKeys.query({})).items).toMatchObject([{ id, state: 'REVOKED' }]);
});

test('nobody revokes or sees the key of another', async () => {
  const { id, client } = await program();
  const { client: stranger } = await server.investor();
  expect(await failureOf(stranger.identity.revokeApiKey.mutate({ keyId: id }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await stranger.identity.listApiKeys.query({})).toEqual({ items: [] });
  await client.portfolio.list.query({});
});

describe('what a key may never do', () => {
  test('make, list or revoke keys', async () => {
    const { client, id } = await program();
    const { identity } = client;
    const failures = await Promise.all([
      failureOf(identity.createApiKey.mutate({ name: 'more', permissions: ['read'] })),
      failureOf(identity.listApiKeys.query({})),
      failureOf(identity.revokeApiKey.mutate({ keyId: id })),
    ]);
    for (const failure of failures) expect(failure).toMatchObject({ code: 'FORBIDDEN', details: { permission: 'account' } });
  });

  test.each([['operate'], ['account'], ['read', 'operate']])('be made with %j', async (...permissions) => {
    const { client } = await server.investor();
    const call = client.identity.createApiKey.mutate({ name: 'too much', permissions: permissions as Permissions });
    expect(await failureOf(call)).toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('have more than the session that makes it', async () => {
    const { client, email } = await server.investor();
    await inspect(
      `UPDATE user_sessions SET permissions = '{read,account}' WHERE user_id = (SELECT id FROM users WHERE email = $1) RETURNING id`,
      [email],
    );
    const call = client.identity.createApiKey.mutate({ name: 'too much', permissions: ['read', 'trade'] });
    expect(await failureOf(call)).toMatchObject({ code: 'FORBIDDEN', details: { permission: 'trade' } });
  });

  test('be carried by a cookie', async () => {
    const { key } = await program();
    const response = await fetch(`${server.url}/trpc/portfolio.list`, { headers: { cookie: `__Host-trii_session=${key}` } });
    expect(response.status).toBe(401);
  });
});

test('the twenty-first key that counts is refused, however many are asked for at once; one revoked makes room', async () => {
  const { client } = await server.investor();
  const make = () => client.identity.createApiKey.mutate({ name: 'one of many', permissions: ['read'] });
  const made = await Promise.all(Array.from({ length: 19 }, make));
  const last = await Promise.all([failureOf(make()), failureOf(make())]);
  expect(last.flatMap((failure) => failure?.code ?? [])).toEqual(['TOO_MANY_API_KEYS']);
  await client.identity.revokeApiKey.mutate({ keyId: made[0]?.id ?? '' });
  expect(await failureOf(make())).toBeUndefined();
});

test('a key has a limit of its own, counted for each call of a batch, and its headers say what is left', async () => {
  const { key } = await program(['read']);
  const headers = { authorization: `Bearer ${key}` };
  const first = await fetch(`${server.url}/trpc/portfolio.list`, { headers });
  expect(first.headers.get('ratelimit-policy')).toContain('"key";q=40;w=40');
  expect(first.headers.get('ratelimit')).toContain('"key";r=39;t=1');
  const names = Array<string>(20).fill('portfolio.list').join(',');
  const batch = () => fetch(`${server.url}/trpc/${names}?batch=1&input={}`, { headers });
  expect((await batch()).headers.get('ratelimit')).toContain('"key";r=19;');
  const second = await batch();
  const answers = (await second.json()) as { readonly error?: { readonly data: { readonly error: string } } }[];
  // A token comes back each second.
  expect(answers.filter(({ error }) => error?.data.error === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(1);
  expect(answers.filter(({ error }) => error === undefined).length).toBeGreaterThanOrEqual(19 - 1);
  expect(second.headers.get('ratelimit')).toContain('"key";r=0;');
});

test('last use is noted once a minute at most', async () => {
  const { client, owner, id, key } = await program(['read']);
  await client.portfolio.list.query({});
  const [{ lastUsedAt } = { lastUsedAt: null }] = (await owner.identity.listApiKeys.query({})).items;
  expect(lastUsedAt).not.toBeNull();
  const use = (at: string) =>
    server.database.as({ role: 'anonymous_role', userId: null }, (database) =>
      database.query(`SELECT FROM use_api_key((SELECT $1::text), $2::timestamptz)`, [at === '' ? '' : hashOf(key), at]),
    );
  const usedAt = async () =>
    (await inspect<{ at: Date }>('SELECT last_used_at AS at FROM api_keys WHERE id = $1', [id]))[0]?.at.toISOString();
  const start = Date.parse(lastUsedAt ?? '');
  await use(new Date(start + 59_000).toISOString());
  expect(await usedAt()).toBe(lastUsedAt);
  await use(new Date(start + 60_000).toISOString());
  expect(await usedAt()).toBe(new Date(start + 60_000).toISOString());
});

const hashOf = (key: string): string => new Bun.CryptoHasher('sha256').update(key).digest('base64url');

test('erasing a person revokes their keys and forgets what they were called', async () => {
  const { id, owner } = await program();
  const { userId } = await owner.identity.me.query({});
  await server.database.as({ role: 'admin_role', userId: null }, (database) => database.query('SELECT erase_person($1)', [userId]));
  const [kept] = await inspect('SELECT name, revoked_at IS NOT NULL AS revoked FROM api_keys WHERE id = $1', [id]);
  expect(kept).toEqual({ name: 'erased', revoked: true });
});
