import type { OutputOf, portfolio } from '@trii/contract';
import { describe, expect, test } from 'vitest';
import type { FeedContext, FeedFrame, LiveEvent, LiveEvents, Ports } from '../platform/index.ts';
import { updatesHandler } from './follow-updates.ts';

type Frame = FeedFrame<OutputOf<typeof portfolio.updates>>;

const userId = '018f0000-0000-7000-8000-000000000001';
const portfolioId = '018f0000-0000-7000-8000-000000000002';
const event = (id: string, name: string): LiveEvent => ({ id, name, userId, aggregateId: portfolioId });

/** Gives what it is told to, then waits for the signal as a real reader does; counts who is subscribed. */
function fakeLive(batches: readonly (readonly LiveEvent[] | 'gap')[]) {
  const seen: { userId: string; after: string | undefined }[] = [];
  let subscribed = 0;
  const live: LiveEvents = {
    async *subscribe(id, { after, signal }) {
      seen.push({ userId: id, after });
      subscribed += 1;
      try {
        yield* batches;
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } finally {
        subscribed -= 1;
      }
    },
  };
  return { live, seen, subscribed: () => subscribed };
}

/** The handler uses one port; the others are not there to be used. */
const portsOf = (live: LiveEvents) => ({ live }) as Ports;

function start(live: LiveEvents, options: { readonly lastEventId?: string; readonly signal?: AbortSignal } = {}) {
  const context: FeedContext = {
    actor: { kind: 'user', userId, sessionId: userId, permissions: ['read'] },
    ports: portsOf(live),
    read: () => Promise.reject(new Error('nothing is read')),
    signal: options.signal ?? new AbortController().signal,
  };
  return updatesHandler.run(context, options.lastEventId === undefined ? {} : { lastEventId: options.lastEventId })[Symbol.asyncIterator]();
}

async function take(frames: AsyncIterator<Frame>, count: number): Promise<Frame[]> {
  const taken: Frame[] = [];
  for (let i = 0; i < count; i += 1) {
    const next = await frames.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

describe('portfolio.updates', () => {
  test('sends a snapshot, then batches of events under the id of the last one', async () => {
    const { live, seen } = fakeLive([
      [event('5-0', 'portfolio.LedgerPosted'), event('5-1', 'trading.TradeRecorded')],
      [event('7-0', 'identity.SignedIn')],
    ]);
    const frames = await take(start(live), 3);
    expect(seen).toEqual([{ userId, after: undefined }]);
    expect(frames).toEqual([
      { id: '0-0', data: { kind: 'snapshot', events: [] } },
      {
        id: '5-1',
        data: {
          kind: 'events',
          events: [
            { id: '5-0', name: 'portfolio.LedgerPosted', portfolioId },
            { id: '5-1', name: 'trading.TradeRecorded', portfolioId },
          ],
        },
      },
      // Not an event of a portfolio: its aggregate's id is not told as one.
      { id: '7-0', data: { kind: 'events', events: [{ id: '7-0', name: 'identity.SignedIn', portfolioId: null }] } },
    ]);
  });

  test('is subscribed when the snapshot goes out, so that what happens after it is not missed', async () => {
    const { live, subscribed } = fakeLive([]);
    const frames = start(live);
    await take(frames, 1);
    expect(subscribed()).toBe(1);
    await frames.return?.();
    expect(subscribed()).toBe(0);
  });

  test('goes on after the last event a client saw, and names it again in a gap', async () => {
    const { live, seen } = fakeLive(['gap', [event('9-0', 'portfolio.PortfolioOpened')], 'gap']);
    const frames = await take(start(live, { lastEventId: '3-2' }), 4);
    expect(seen).toEqual([{ userId, after: '3-2' }]);
    expect(frames.map(({ id, data }) => [id, data.kind])).toEqual([
      ['3-2', 'snapshot'],
      ['3-2', 'gap'],
      ['9-0', 'events'],
      ['9-0', 'gap'],
    ]);
  });

  test('ends with its signal and leaves nothing subscribed', async () => {
    const { live, subscribed } = fakeLive([]);
    const ending = new AbortController();
    const frames = start(live, { signal: ending.signal });
    await take(frames, 1);
    const rest = take(frames, 1);
    ending.abort();
    expect(await rest).toEqual([]);
    expect(subscribed()).toBe(0);
  });

  test('fails when the stream fails', async () => {
    const frames = start({
      // oxlint-disable-next-line require-yield -- a reader that breaks before its first batch
      async *subscribe() {
        throw new Error('redis is gone');
      },
    });
    await take(frames, 1);
    await expect(frames.next()).rejects.toThrow('redis is gone');
  });
});
