import { feed, scope } from '@trii/contract';
import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
  type UserActor,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { anonymous, localOrigin, type Actor } from './actor.ts';
import type { FeedCall } from './execute-feed.ts';
import { handler, type FeedContext, type FeedFrame } from './handler.ts';

let database: TestDatabase;
let platform: TestPlatform;
let actor: UserActor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { reauthoriseMs: 10 });
  actor = investorActor((await createUser(database)).id);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

const declaration = feed('probe.feed', {
  summary: 'A probe.',
  input: z.strictObject({ count: z.int().default(1) }),
  output: z.object({ n: z.int() }),
  access: scope('read'),
  example: {},
});

interface Watched {
  readonly frames: unknown[];
  readonly ended: Promise<unknown>;
}

/** Sends `count` frames at once, then waits until its signal says stop, as a feed without news does. */
async function* someThenSilence({ signal }: FeedContext, { count }: { count: number }): AsyncGenerator<FeedFrame<{ n: number }>> {
  for (let n = 1; n <= count; n += 1) yield { id: `${n}-0`, data: { n } };
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

const probe = handler(declaration, { run: someThenSilence });

function watch(call: Partial<FeedCall>, probed = probe, onFrame: (count: number) => void = () => undefined): Watched {
  const frames: unknown[] = [];
  const stream = platform.executor.feed(probed, {
    actor,
    input: {},
    origin: localOrigin('request-1'),
    signal: new AbortController().signal,
    currentActor: () => Promise.resolve(call.actor ?? actor),
    ...call,
  });
  const all = async (): Promise<unknown> => {
    for await (const frame of stream) onFrame(frames.push(frame));
    return 'ended well';
  };
  return { frames, ended: all().catch((error: unknown) => error) };
}

/** What `currentActor` answers, look by look; the last answer stays. */
function answers(...given: (Actor | undefined | Error)[]): {
  readonly currentActor: () => Promise<Actor | undefined>;
  readonly looks: () => number;
} {
  let looks = 0;
  return {
    looks: () => looks,
    currentActor: () => {
      const answer = given[Math.min(looks, given.length - 1)];
      looks += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

it('hands on every frame with its id, and ends when the subscriber goes', async () => {
  const leaving = new AbortController();
  const { frames, ended } = watch({ input: { count: 2 }, signal: leaving.signal }, probe, (count) => count === 2 && leaving.abort());
  expect(await ended).toBe('ended well');
  expect(frames).toEqual([
    { id: '1-0', data: { n: 1 } },
    { id: '2-0', data: { n: 2 } },
  ]);
});

it('ends when its session ends', async () => {
  const { frames, ended } = watch({ currentActor: answers(actor, actor, undefined).currentActor });
  expect(await ended).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(frames).toHaveLength(1);
});

it.each([
  ['its permission is gone', () => investorActor(actor.userId, ['trade']), 'FORBIDDEN'],
  ['nobody is signed in any more', () => anonymous, 'UNAUTHENTICATED'],
])('ends when %s', async (_, now, code) => {
  expect(await watch({ currentActor: answers(actor, now()).currentActor }).ended).toMatchObject({ code });
});

it('goes on while the session cannot be looked up, and says so in the log', async () => {
  const session = answers(new Error('the database is away'), actor, undefined);
  const before = platform.logger.lines.length;
  expect(await watch({ currentActor: session.currentActor }).ended).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(session.looks()).toBe(3);
  expect(platform.logger.lines.slice(before)).toMatchObject([{ level: 'warn', fields: { feed: 'probe.feed' } }]);
});

it('gives no frame after the session has ended, even from a handler that goes on', async () => {
  const deaf = handler(declaration, {
    async *run() {
      for (let n = 1; n <= 200; n += 1) {
        yield { id: `${n}-0`, data: { n } };
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
  });
  const { frames, ended } = watch({ currentActor: answers(undefined).currentActor }, deaf);
  expect(await ended).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(frames.length).toBeLessThan(100);
});

it('stops looking at the session once the subscriber has gone', async () => {
  const session = answers(actor);
  const leaving = new AbortController();
  const { ended } = watch({ currentActor: session.currentActor, signal: leaving.signal });
  leaving.abort();
  await ended;
  const looks = session.looks();
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(session.looks()).toBe(looks);
});

it('refuses whoever is not signed in, undeclared input and a frame that is not the declared one', async () => {
  expect(await watch({ actor: anonymous }).ended).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await watch({ input: { cuont: 1 } }).ended).toMatchObject({ code: 'INVALID_INPUT' });
  const wrong = handler(declaration, {
    async *run() {
      yield await Promise.resolve({ id: '1-0', data: { n: 0.5 } });
    },
  });
  expect(await watch({}, wrong).ended).toMatchObject({ code: 'INTERNAL' });
});
