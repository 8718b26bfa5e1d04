import { createClient, platformError, type TriiClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { createTestDatabase, personalKeys, recordingLogger, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from './server.ts';

const password = 'correct horse battery';
/** Nobody listens there. */
const NO_REDIS = 'redis://127.0.0.1:1';

let database: TestDatabase;
let apis: readonly Api[];
let investor: { readonly email: string; readonly password: string };

beforeAll(async () => {
  database = await createTestDatabase();
  const config = {
    ...database.servers,
    ...personalKeys,
    API_PORT: 0,
    HOST: '127.0.0.1',
    PASSWORD_PEPPER: 'a pepper for the tests',
    BCRYPT_COST: 4,
  };
  apis = await Promise.all([
    startApi(config, recordingLogger()),
    startApi(config, recordingLogger()),
    startApi({ ...config, REDIS_CACHE_URL: NO_REDIS }, recordingLogger()),
  ]);
  investor = { email: `${newId()}@example.com`, password };
  await clientOf(0).identity.register.mutate({ ...investor, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
});
afterAll(() => Promise.all(apis.map((api) => api.stop())));

const clientOf = (index: number, token?: string): TriiClient =>
  createClient({ url: `http://127.0.0.1:${apis[index]?.port}`, ...(token === undefined ? {} : { token }) });
const signIn = async (index: number): Promise<string> => (await clientOf(index).identity.signIn.mutate(investor)).token;
const codeOf = (index: number, token: string): Promise<string> =>
  clientOf(index, token)
    .identity.sessions.query({})
    .then(
      () => 'served',
      (error: unknown) => platformError(error)?.code ?? 'unknown',
    );

const everyApi = [0, 1, 2];
const pairs = everyApi.flatMap((by) => everyApi.map((at): [number, number] => [by, at]));

test.each(pairs)('a session that api %i ends is refused by the next call at api %i, the third of which has no cache', async (by, at) => {
  const [kept, ended] = [await signIn(at), await signIn(at)];
  expect(await Promise.all(everyApi.map((index) => codeOf(index, ended)))).toEqual(['served', 'served', 'served']);
  await clientOf(by, kept).identity.endAllSessions.mutate({ which: 'others' });
  expect(await codeOf(at, ended)).toBe('UNAUTHENTICATED');
  expect(await codeOf(at, kept)).toBe('served');
});

test('a token that was signed out opens nothing when it is played again, anywhere', async () => {
  const token = await signIn(1);
  await clientOf(2, token).identity.signOut.mutate({});
  expect(await Promise.all(everyApi.map((index) => codeOf(index, token)))).toEqual(Array(3).fill('UNAUTHENTICATED'));
});

test('a token that a caller brings to the sign-in is never the one that comes out of it', async () => {
  const planted = 'A'.repeat(43);
  const { token } = await clientOf(0, planted).identity.signIn.mutate(investor);
  expect(token).not.toBe(planted);
  expect(await codeOf(0, planted)).toBe('UNAUTHENTICATED');
});
