import { createClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, PASSWORD, startTestApi, type TestApi } from '../tests/test-api.ts';

const PAGE = 'https://app.example.com';

let server: TestApi;
beforeAll(async () => {
  server = await startTestApi({ ALLOWED_ORIGINS: [PAGE] });
});
afterAll(async () => {
  await server.stop();
});

interface Browser {
  readonly cookie: string;
  readonly csrf: string;
  readonly setCookie: string;
  readonly answer: string;
  readonly email: string;
}

const json = { 'content-type': 'application/json' };
const post = (operation: string, body: unknown, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/trpc/${operation}`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
const get = (operation: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/trpc/${operation}`, { headers });

async function browser(headers: Record<string, string> = {}): Promise<Browser> {
  const { email } = await server.investor();
  const credentials = { email, password: PASSWORD, transport: 'cookie' };
  const response = await post('identity.signIn', credentials, { origin: PAGE, ...headers });
  const setCookie = response.headers.get('set-cookie') ?? '';
  const [cookie = ''] = setCookie.split(';');
  return { cookie, setCookie, csrf: response.headers.get('x-csrf-token') ?? '', answer: await response.text(), email };
}

async function codeOf(response: Response): Promise<string> {
  const text = await response.text();
  return /"error":"(?<code>[A-Z_]+)"/.exec(text)?.groups?.['code'] ?? String(response.status);
}

const portfolioNames = async (email: string): Promise<string[]> => {
  const { rows } = await withClient(server.database.urls.admin, (client) =>
    client.query<{ name: string }>('SELECT p.name FROM portfolios p JOIN users u ON u.id = p.user_id WHERE u.email = $1', [email]),
  );
  return rows.map(({ name }) => name);
};

test('the token goes where no script reads it: HttpOnly, Secure, this host and site alone, and not into the answer', async () => {
  const { setCookie, cookie, answer, csrf } = await browser();
  expect(setCookie).toMatch(/^__Host-trii_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
  expect(JSON.parse(answer)).toMatchObject({ result: { data: { token: '', permissions: ['read', 'write', 'trade', 'account'] } } });
  expect(answer).not.toContain(cookie.split('=')[1]);
  expect(csrf).toMatch(/^[\w-]{43}$/);
});

test('without the wish for a cookie there is none', async () => {
  const { email } = await server.investor();
  const response = await post('identity.signIn', { email, password: PASSWORD }, { origin: PAGE });
  expect(response.headers.get('set-cookie')).toBeNull();
});

describe('a command by cookie', () => {
  test('is done with the token of the session and from an origin that is let in', async () => {
    const { cookie, csrf, email } = await browser();
    const response = await post('portfolio.open', { name: 'Mine' }, { cookie, 'x-csrf-token': csrf, origin: PAGE });
    expect(response.status).toBe(200);
    expect(await portfolioNames(email)).toEqual(['Mine']);
  });

  test.each<readonly [string, (given: Browser, other: Browser) => Record<string, string>]>([
    ['without the CSRF token', ({ cookie }) => ({ cookie, origin: PAGE })],
    ['with an empty one', ({ cookie }) => ({ cookie, origin: PAGE, 'x-csrf-token': '' })],
    ['with another session’s', ({ cookie }, { csrf }) => ({ cookie, origin: PAGE, 'x-csrf-token': csrf })],
    ['with a made-up one', ({ cookie }) => ({ cookie, origin: PAGE, 'x-csrf-token': 'A'.repeat(43) })],
    ['with the session’s own token as such', ({ cookie }) => ({ cookie, origin: PAGE, 'x-csrf-token': cookie.split('=')[1] ?? '' })],
    ['from a foreign origin', ({ cookie, csrf }) => ({ cookie, 'x-csrf-token': csrf, origin: 'https://evil.example' })],
    ['from a sandboxed page', ({ cookie, csrf }) => ({ cookie, 'x-csrf-token': csrf, origin: 'null' })],
    ['from nowhere', ({ cookie, csrf }) => ({ cookie, 'x-csrf-token': csrf })],
  ])('%s is refused, and nothing happens', async (_what, headersOf) => {
    const given = await browser();
    const response = await post('portfolio.open', { name: 'Forged' }, headersOf(given, await browser()));
    expect(await codeOf(response)).toBe('FORBIDDEN');
    expect(await portfolioNames(given.email)).toEqual([]);
  });

  test('in a batch is refused by itself', async () => {
    const { cookie, email } = await browser();
    const response = await post('portfolio.open,portfolio.open?batch=1', { 0: { name: 'a' }, 1: { name: 'b' } }, { cookie, origin: PAGE });
    expect(await codeOf(response)).toBe('FORBIDDEN');
    expect(await portfolioNames(email)).toEqual([]);
  });
});

describe('a read by cookie', () => {
  test('needs no token, and hands one out: a page that was loaded anew goes on', async () => {
    const { cookie, csrf } = await browser();
    const response = await get('identity.me', { cookie, origin: PAGE });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-csrf-token')).toBe(csrf);
  });

  test('asked for by another site’s page is refused', async () => {
    const { cookie } = await browser();
    expect(await codeOf(await get('identity.me', { cookie, 'sec-fetch-site': 'cross-site' }))).toBe('FORBIDDEN');
    expect(await codeOf(await get('identity.me', { cookie, origin: 'https://evil.example' }))).toBe('FORBIDDEN');
    expect(await codeOf(await get('identity.me', { cookie, 'sec-fetch-site': 'same-origin' }))).toBe('200');
  });

  test('hands out no token to who has no session', async () => {
    const response = await get('identity.me', { cookie: `__Host-trii_session=${'A'.repeat(43)}` });
    expect(response.headers.get('x-csrf-token')).toBeNull();
    expect(await codeOf(response)).toBe('UNAUTHENTICATED');
  });
});

test('a feed by cookie needs the token too', async () => {
  const { cookie, csrf } = await browser();
  const first = async (headers: Record<string, string>): Promise<string> => {
    const response = await get('portfolio.updates', { cookie, accept: 'text/event-stream', ...headers });
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += new TextDecoder().decode(bytes);
      if (/event: serialized-error|^id: /m.test(text)) break;
    }
    return text;
  };
  expect(await first({ origin: PAGE })).toContain('"FORBIDDEN"');
  expect(await first({ origin: PAGE, 'x-csrf-token': csrf })).toContain('"snapshot"');
});

describe('which session counts', () => {
  test('a cookie that somebody planted before is not taken over: signing in gives a new one', async () => {
    const planted = `__Host-trii_session=${'B'.repeat(43)}`;
    const { cookie } = await browser({ cookie: planted });
    expect(cookie).not.toBe(planted);
    expect(await codeOf(await get('identity.me', { cookie: planted }))).toBe('UNAUTHENTICATED');
  });

  test('of two cookies of that name neither', async () => {
    const [mine, theirs] = [await browser(), await browser()];
    expect(await codeOf(await get('identity.me', { cookie: `${theirs.cookie}; ${mine.cookie}` }))).toBe('UNAUTHENTICATED');
  });

  test('what a program says of itself goes before the cookie', async () => {
    const { cookie } = await browser();
    const { token, email } = await server.investor();
    const me = await get('identity.me', { cookie, authorization: `Bearer ${token}` });
    expect(await me.text()).toContain(email);
    expect(await codeOf(await get('identity.me', { cookie, authorization: 'Bearer ' }))).toBe('UNAUTHENTICATED');
  });
});

test('signing out takes the cookie away, and who kept it has nothing', async () => {
  const { cookie, csrf } = await browser();
  const response = await post('identity.signOut', {}, { cookie, 'x-csrf-token': csrf, origin: PAGE });
  expect(response.headers.get('set-cookie')).toMatch(/^__Host-trii_session=; .*Max-Age=0$/);
  expect(await codeOf(await get('identity.me', { cookie, origin: PAGE }))).toBe('UNAUTHENTICATED');
  expect(await codeOf(await post('portfolio.open', { name: 'x' }, { cookie, 'x-csrf-token': csrf, origin: PAGE }))).toBe('UNAUTHENTICATED');
});

test('the typed client does all of it by itself, with what a browser does for it', async () => {
  const { email } = await server.investor();
  let jar = '';
  const asBrowser = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    expect(init.credentials).toBe('include');
    const headers = new Headers(init.headers);
    headers.set('origin', PAGE);
    if (jar !== '') headers.set('cookie', jar);
    const response = await fetch(input, { ...init, headers });
    jar = response.headers.get('set-cookie')?.split(';')[0] ?? jar;
    return response;
  };
  const client = createClient({ url: server.url, cookie: true, fetch: asBrowser });
  expect(await client.identity.signIn.mutate({ email, password: PASSWORD, transport: 'cookie' })).toMatchObject({ token: '' });
  const { id } = await client.portfolio.open.mutate({ name: `By cookie ${newId()}` });
  // The page is loaded anew: the cookie is still there, the token is not.
  const reloaded = createClient({ url: server.url, cookie: true, fetch: asBrowser });
  expect(await failureOf(reloaded.portfolio.open.mutate({ name: 'too early' }))).toMatchObject({ code: 'FORBIDDEN' });
  expect((await reloaded.portfolio.list.query({})).items.map((item) => item.id)).toEqual([id]);
  await reloaded.portfolio.open.mutate({ name: 'now' });
});
