import { createClient, type Outputs, platformError } from '@trii/client';
import { liveStream } from '@trii/infra';
import { newId } from '@trii/kernel';
import { createTestDatabase, personalKeys, recordingLogger } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Api, startApi } from './server.ts';

type Frame = Outputs['portfolio']['updates'] extends AsyncIterable<infer F> ? F : never;

let api: Api;
let url: string;
let stream: Redis;

beforeAll(async () => {
  const database = await createTestDatabase();
  api = await startApi(
    { ...database.servers, ...personalKeys, API_PORT: 0, HOST: '127.0.0.1', PASSWORD_PEPPER: 'a pepper for the tests', BCRYPT_COST: 4 },
    recordingLogger(),
  );
  url = `http://127.0.0.1:${api.port}`;
  stream = new Redis(database.servers.REDIS_QUEUE_URL);
});
afterAll(async () => {
  stream.disconnect();
  await api.stop();
});

async function investor() {
  const email = `${newId()}@example.com`;
  const password = 'correct horse battery';
  const anyone = createClient({ url });
  await anyone.identity.register.mutate({ email, password, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  const { token, userId } = await anyone.identity.signIn.mutate({ email, password });
  return { client: createClient({ url, token }), userId };
}

/** As the relay publishes it. */
const publish = (userId: string, aggregate: string) =>
  stream.xadd(liveStream.pattern, '*', 'name', 'portfolio.LedgerPosted', 'user', userId, 'aggregate', aggregate);

function listen(client: Awaited<ReturnType<typeof investor>>['client'], lastEventId?: string) {
  const frames: Frame[] = [];
  const errors: (string | undefined)[] = [];
  const subscription = client.portfolio.updates.subscribe(lastEventId === undefined ? {} : { lastEventId }, {
    onData: (frame) => void frames.push(frame),
    onError: (error) => void errors.push(platformError(error)?.code),
  });
  const portfolios = () => frames.flatMap((frame) => frame.data.events.map((event) => event.portfolioId));
  return { frames, errors, portfolios, subscription };
}

test('an investor hears of the own portfolios only, as it happens', async () => {
  const [ana, bruno] = [await investor(), await investor()];
  const [anas, brunos] = [newId(), newId()];
  const heard = listen(ana.client);
  await vi.waitFor(() => expect(heard.frames[0]?.data.kind).toBe('snapshot'), 5_000);
  await publish(bruno.userId, brunos);
  await publish(ana.userId, anas);
  await vi.waitFor(() => expect(heard.portfolios()).toEqual([anas]), 5_000);
  heard.subscription.unsubscribe();
});

test('a listener that comes back gets what it missed, once', async () => {
  const { client, userId } = await investor();
  const [first, second, third] = [newId(), newId(), newId()];
  const before = listen(client);
  await vi.waitFor(() => expect(before.frames).not.toHaveLength(0), 5_000);
  await publish(userId, first);
  await vi.waitFor(() => expect(before.portfolios()).toEqual([first]), 5_000);
  before.subscription.unsubscribe();
  await publish(userId, second);
  const after = listen(client, before.frames.at(-1)?.id);
  await vi.waitFor(() => expect(after.portfolios()).toEqual([second]), 5_000);
  await publish(userId, third);
  await vi.waitFor(() => expect(after.portfolios()).toEqual([second, third]), 5_000);
  after.subscription.unsubscribe();
});

test('nobody signed in hears nothing', async () => {
  const heard = listen(createClient({ url }));
  await vi.waitFor(() => expect(heard.errors).toEqual(['UNAUTHENTICATED']), 5_000);
  expect(heard.frames).toEqual([]);
  heard.subscription.unsubscribe();
});

test('a feed ends soon after its session', async () => {
  const { client } = await investor();
  const heard = listen(client);
  await vi.waitFor(() => expect(heard.frames).not.toHaveLength(0), 5_000);
  await client.identity.signOut.mutate({});
  await vi.waitFor(() => expect(heard.errors).toContain('UNAUTHENTICATED'), 12_000);
  heard.subscription.unsubscribe();
});
