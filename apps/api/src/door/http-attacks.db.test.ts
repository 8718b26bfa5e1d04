import { createClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { withClient } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, PASSWORD, startTestApi, type TestApi } from '../tests/test-api.ts';

const LISTED = 'https://app.example.com';

let server: TestApi;
beforeAll(async () => {
  server = await startTestApi({ ALLOWED_ORIGINS: [LISTED] });
});
afterAll(async () => {
  await server.stop();
});

interface Told {
  readonly status: number;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly headers: Headers;
}

async function ask(path: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${server.url}${path}`, init);
  const text = await response.text();
  expect(text).not.toMatch(/node_modules|\.ts:\d|^\s+at /m);
  const found = /"error":"(?<code>[A-Z_]+)".*"requestId":"(?<requestId>[^"]*)"/.exec(text)?.groups;
  return { status: response.status, code: found?.['code'], requestId: found?.['requestId'], headers: response.headers };
}

const post = (operation: string, body: string, headers: Record<string, string> = {}): Promise<Told> =>
  ask(`/trpc/${operation}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('what the form of a foreign page could send', () => {
  test.each([
    ['a form', 'application/x-www-form-urlencoded', 'a=b'],
    ['a form with files', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'],
    ['plain text that reads as JSON', 'text/plain', '{}'],
    ['bytes', 'application/octet-stream', '{}'],
    ['JSON that is said to be something else too', 'application/json, text/plain', '{}'],
    ['JSON in another alphabet', 'application/json; charset=utf-16', '{}'],
    ['nothing that says what it is', '', '{}'],
  ])('%s ends no session', async (_what, contentType, body) => {
    const { token } = await server.investor();
    const bytes = new Blob([body]);
    const headers = { ...bearer(token), ...(contentType === '' ? {} : { 'content-type': contentType }) };
    expect(await ask('/trpc/identity.signOut', { method: 'POST', body: bytes, headers })).toMatchObject({
      status: 400,
      code: 'INVALID_INPUT',
    });
    expect((await ask('/trpc/identity.me', { headers: bearer(token) })).status).toBe(200);
  });

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s changes no method', async (header) => {
    const { token } = await server.investor();
    const { status } = await ask('/trpc/identity.signOut', { headers: { ...bearer(token), [header]: 'POST' } });
    expect(status).toBe(400);
    expect((await ask('/trpc/identity.me', { headers: bearer(token) })).status).toBe(200);
    expect((await ask('/trpc/identity.signOut?_method=POST', { headers: bearer(token) })).status).toBe(400);
  });
});

describe('a page of another origin', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    `${LISTED}:8443`,
    'file://',
    '',
  ])('%j is refused, and told to no browser', async (origin) => {
    const { token, email } = await server.investor();
    const answer = await ask('/trpc/identity.me', { headers: { ...bearer(token), origin } });
    expect(answer).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const credentials = JSON.stringify({ email, password: PASSWORD });
    expect(await post('identity.signIn', credentials, { origin })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await ask('/trpc/identity.signIn', { method: 'OPTIONS', headers: { origin } })).status).toBe(403);
  });

  test('that is listed is let in, and may read the answer and its limits', async () => {
    const { token } = await server.investor();
    const preflight = await ask('/trpc/identity.signOut', { method: 'OPTIONS', headers: { origin: LISTED } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,POST');
    const { status, headers } = await ask('/trpc/identity.me', { headers: { ...bearer(token), origin: LISTED } });
    expect(status).toBe(200);
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-expose-headers')).toContain('ratelimit');
  });

  test("pages of the api's own host are let in", async () => {
    expect((await ask('/health/live', { headers: { origin: server.url } })).status).toBe(200);
  });
});

describe('what two readers could understand differently', () => {
  test.each([
    ['a key twice', '{"email":"a@b.co","email":"c@d.co","password":"x"}'],
    ['a reserved key', '{"email":"a@b.co","password":"x","__proto__":{"permissions":["operate"]}}'],
    ['another reserved key', '{"email":"a@b.co","password":"x","constructor":{"prototype":{"permissions":["operate"]}}}'],
    ['ten thousand levels', `{"email":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['a byte order mark', '\uFEFF{"email":"a@b.co","password":"x"}'],
    ['two values', '{"email":"a@b.co","password":"x"} {"email":"c@d.co"}'],
  ])('%s is refused', async (_what, body) => {
    expect(await post('identity.signIn', body)).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Reflect.get({}, 'permissions')).toBeUndefined();
  });

  test('a body that is no UTF-8 is refused', async () => {
    const body = new Uint8Array([...new TextEncoder().encode('{"email":"a@b.co","password":"'), 0xc0, 0xaf, 0x22, 0x7d]);
    const headers = { 'content-type': 'application/json' };
    expect(await ask('/trpc/identity.signIn', { method: 'POST', body, headers })).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  });

  test.each(['input={}&input={"a":1}', 'batch=1&batch=0', 'input=%7B%22a%22:1,%22a%22:2%7D', 'token=abc', 'connectionParams={}'])(
    'an address with %s is refused',
    async (query) => {
      expect(await ask(`/trpc/platform.valuationDate?${query}`)).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
    },
  );
});

describe('what no reader could take for a call', () => {
  const tooMany = Array<string>(21).fill('identity.me');
  test.each([
    ['another method', 'PUT identity.me'],
    ['one more', 'DELETE identity.me'],
    ['a command that is asked for', 'GET identity.signOut'],
    ['a query that is posted', 'POST identity.me {}'],
    ['a body that is no JSON', 'POST identity.signIn {'],
    ['a batch that is no object', 'POST identity.signIn?batch=1 [1'],
    ['an input that is no JSON', 'GET identity.me?input=%7B'],
    ['an address that is none', 'GET %ZZ'],
    ['more calls than a batch holds', `GET ${tooMany.join(',')}?batch=1`],
    ['more calls than a batch holds, written otherwise', `GET ${tooMany.join('%2C')}?batch=1`],
  ])('%s is told what is wrong, under an id that the logs know', async (_what, call) => {
    const [method = '', path = '', body] = call.split(' ');
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/trpc/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(response.status).toBe(400);
    const answer: unknown = await response.json();
    const [told] = Array.isArray(answer) ? answer : [answer];
    expect(told).toMatchObject({ error: { data: { error: 'INVALID_INPUT', requestId: response.headers.get('x-request-id') } } });
    expect(JSON.stringify(told)).toMatch(/"details":\{"(?:problem|method)":"/);
  });
});

test('who guesses a password is told in a header too when to come again, of a batch the longest wait', async () => {
  const { email } = await server.investor();
  const guess = JSON.stringify({ email, password: 'not the password' });
  for (let mistake = 0; mistake < 5; mistake += 1) expect((await post('identity.signIn', guess)).headers.get('retry-after')).toBeNull();
  const early = await post('identity.signIn', guess);
  expect(early).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  expect(early.headers.get('retry-after')).toBe('1');
  const body = JSON.stringify({ 0: JSON.parse(guess), 1: JSON.parse(guess) });
  const both = await post('identity.signIn,identity.signIn?batch=1', body);
  expect(both.headers.get('retry-after')).toBe('1');
});

describe('request ids', () => {
  test.each(['<script>', 'a b', 'a,b', '"', 'x'.repeat(65), "';--"])('%j is replaced by one of ours', async (id) => {
    const { requestId, headers } = await ask('/trpc/identity.me', { headers: { 'x-request-id': id } });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-request-id')).toBe(requestId ?? '');
  });

  test('come with every refusal of the door too', async () => {
    const { requestId } = await post('identity.signIn', '{"a":1,"a":2}', { 'x-request-id': 'mine-1' });
    expect(requestId).toBe('mine-1');
  });
});

test('no answer may be kept, framed, sniffed or run', async () => {
  const { token } = await server.investor();
  for (const path of ['/trpc/identity.me', '/trpc/nothing.here', '/nothing']) {
    const { headers } = await ask(path, { headers: bearer(token) });
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    );
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
    if (path.startsWith('/trpc')) expect(headers.get('cache-control')).toBe('no-store');
  }
});

describe('limits', () => {
  let strict: TestApi;
  beforeAll(async () => {
    strict = await startTestApi({
      RATE_LIMIT_ADDRESS: { burst: 100, perSecond: 1 },
      RATE_LIMIT_SESSION: { burst: 10, perSecond: 1 },
      TRUSTED_PROXIES: ['127.0.0.1'],
    });
  });
  afterAll(async () => {
    await strict.stop();
  });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const read = (headers: Record<string, string>) => fetch(`${strict.url}/trpc/platform.valuationDate`, { headers });

  test('a session is let in until its tokens are gone, told what is left, and when to come again', async () => {
    const { token } = await strict.investor();
    const headers = { ...bearer(token), ...from('192.0.2.1') };
    const first = await read(headers);
    expect(first.headers.get('ratelimit-policy')).toBe('"address";q=100;w=100, "session";q=10;w=10');
    expect(first.headers.get('ratelimit')).toBe('"address";r=99;t=1, "session";r=9;t=1');
    const rest = await Promise.all(Array.from({ length: 14 }, () => read(headers)));
    expect(rest.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(11);
    const refused = rest.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const failure = await failureOf(createClient({ url: strict.url, token }).platform.valuationDate.query({}));
    expect(failure).toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: expect.any(Number) } });
  });

  test('the calls of a batch are counted one by one, each at its own price', async () => {
    // Twenty sign-ins cost twenty tokens each: the hundred of an address pay for five.
    const path = Array<string>(20).fill('identity.signIn').join(',');
    const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n, { email: `${newId()}@example.com`, password: 'guess' }]));
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...from('192.0.2.2') }, body: JSON.stringify(inputs) };
    const response = await fetch(`${strict.url}/trpc/${path}?batch=1`, init);
    const answers = (await response.json()) as { error: { data: { error: string } } }[];
    expect(answers.map(({ error }) => error.data.error)).toEqual([
      ...Array<string>(5).fill('INVALID_CREDENTIALS'),
      ...Array<string>(15).fill('RATE_LIMITED'),
    ]);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('a batch of a thousand sign-ins does not begin', async () => {
    for (const size of [21, 1_000]) {
      const path = Array<string>(size).fill('identity.signIn').join(',');
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...from('192.0.2.3') }, body: '{}' };
      const response = await fetch(`${strict.url}/trpc/${path}?batch=1`, init);
      expect(await response.json()).toMatchObject({ error: { data: { error: 'INVALID_INPUT' } } });
    }
    const { rows } = await withClient(strict.database.urls.admin, (client) =>
      client.query("SELECT 1 FROM audit_logs WHERE use_case = 'identity.signIn' AND ip_address = '192.0.2.3'"),
    );
    expect(rows).toEqual([]);
  });

  test('another token for each call is no way around', async () => {
    const codes = new Set<number>();
    for (let n = 0; n < 110; n += 1) codes.add((await read({ ...bearer(`made-up-${n}`), ...from('2001:db8::1') })).status);
    expect(codes).toEqual(new Set([401, 429]));
    // A neighbour in the same /64 is the same caller; another network is not.
    expect((await read(from('2001:db8::ffff'))).status).toBe(429);
    expect((await read(from('2001:db8:0:1::1'))).status).toBe(401);
  });

  test('who is not behind our proxy cannot say who they are', async () => {
    const seen = new Set<number>();
    for (let n = 0; n < 110; n += 1) seen.add((await read(from(`203.0.113.${n}, 192.0.2.4`))).status);
    expect(seen).toEqual(new Set([401, 429]));
  });
});
