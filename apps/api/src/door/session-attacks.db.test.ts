import { createClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureOf, PASSWORD, startTestApi, type TestApi } from '../tests/test-api.ts';

// What whoever got hold of a session tries. Cookies have tests of their own (session-cookie), keys of programs too (api-key).

let server: TestApi;
let other: TestApi['api'];
beforeAll(async () => {
  server = await startTestApi();
  other = await server.another();
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const everywhere = (token: string) => [server.api.port, other.port].map((port) => createClient({ url: `http://127.0.0.1:${port}`, token }));

const portfoliosOf = async (email: string): Promise<string[]> => {
  const { rows } = await withClient(server.database.urls.admin, (client) =>
    client.query<{ name: string }>('SELECT p.name FROM portfolios p JOIN users u ON u.id = p.user_id WHERE u.email = $1', [email]),
  );
  return rows.map(({ name }) => name);
};

test('a session that is used while it is being ended: each call is done whole or refused, and none after the answer', async () => {
  const { client, email, token } = await server.investor();
  const open = (at: number) => everywhere(token)[at % 2]?.portfolio.open.mutate({ name: `call ${at}` });
  let isEnded = false;
  const end = async (): Promise<void> => {
    await client.identity.signOut.mutate({});
    isEnded = true;
  };
  const calls = Array.from({ length: 40 }, async (_, at) => {
    await new Promise((resolve) => setTimeout(resolve, at));
    const isAfter = isEnded;
    const failure = await failureOf(Promise.resolve(open(at)));
    return { at, isAfter, code: failure?.code };
  });
  const [, ...settled] = await Promise.all([end(), ...calls]);
  expect(settled.filter(({ code }) => code !== undefined && code !== 'UNAUTHENTICATED')).toEqual([]);
  expect(settled.filter(({ isAfter, code }) => isAfter && code === undefined)).toEqual([]);
  const done = settled.flatMap(({ at, code }) => (code === undefined ? [`call ${at}`] : []));
  expect((await portfoliosOf(email)).toSorted((a, b) => a.localeCompare(b))).toEqual(done.toSorted((a, b) => a.localeCompare(b)));
  for (const client of everywhere(token)) {
    expect(await failureOf(client.portfolio.list.query({}))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await failureOf(client.portfolio.open.mutate({ name: 'too late' }))).toMatchObject({ code: 'UNAUTHENTICATED' });
  }
});

test('a request that was recorded is worth nothing after signing out, not even its stored answer', async () => {
  const { client, email, token } = await server.investor();
  const recorded = () =>
    fetch(`${server.url}/trpc/portfolio.open`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `once ${email}`.replaceAll(' ', '-'),
      },
      body: JSON.stringify({ name: 'recorded' }),
    });
  const first = await recorded();
  expect(first.status).toBe(200);
  const { id } = ((await first.json()) as { readonly result: { readonly data: { readonly id: string } } }).result.data;
  await client.identity.signOut.mutate({});
  const replayed = await recorded();
  expect(replayed.status).toBe(401);
  expect(await replayed.text()).not.toContain(id);
  expect(await portfoliosOf(email)).toEqual(['recorded']);
});

test('a token that an attacker planted is not taken over: signing in with it gives another, and it stays the attacker’s', async () => {
  const attacker = await server.investor();
  const victim = await server.investor();
  const planted = createClient({ url: server.url, token: attacker.token });
  const signedIn = await planted.identity.signIn.mutate({ email: victim.email, password: PASSWORD });
  expect(signedIn.token).not.toBe(attacker.token);
  const { email } = await planted.identity.me.query({});
  expect(email).toBe(attacker.email);
});

test('a token that was made up, cut short or made longer opens nothing', async () => {
  const { token } = await server.investor();
  const [first = ''] = token;
  const flipped = `${first === 'A' ? 'B' : 'A'}${token.slice(1)}`;
  for (const wrong of [flipped, token.slice(0, -1), `${token}A`, token.toLowerCase(), newId(), `trii_${token}`])
    expect(await failureOf(createClient({ url: server.url, token: wrong }).identity.me.query({}))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
});
