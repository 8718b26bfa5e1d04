import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { newId, systemClock } from '@trii/kernel';
import { createTestDatabase, recordingLogger } from '@trii/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CacheLink, openCacheLink } from './cache-link.ts';
import { keyOf, leaseOf, portfolioKey } from './keys.ts';
import { type CountingReadCache, redisReadCache } from './read-cache.ts';
import { ids, readOf, slot, summaryWorth, type Summary } from './tests/cached-summary.ts';

let url: string;
let redis: Redis;
const links: CacheLink[] = [];
const logger = recordingLogger();

/** As another process would have it: a connection and a memory of its own. */
async function openCache(leaseMs?: number): Promise<CountingReadCache> {
  const link = openCacheLink({ url, logger });
  links.push(link);
  await link.ready(5_000);
  return redisReadCache({ link, clock: systemClock, logger, ...(leaseMs === undefined ? {} : { leaseMs }) });
}

let here: CountingReadCache;
let there: CountingReadCache;

beforeAll(async () => {
  url = (await createTestDatabase()).servers.REDIS_CACHE_URL;
  redis = new Redis(url);
});
beforeEach(async () => {
  await redis.flushdb();
  here = await openCache();
  there = await openCache();
});
afterAll(() => {
  for (const link of links) link.close();
  redis.disconnect();
});

const key = keyOf(portfolioKey, { user_id: ids.user, portfolio_id: ids.portfolio });
const dropped = { slots: [slot], families: [] };

/** Loads what is true when it is asked, and counts. */
function source(first = '1') {
  const state = { value: first, loads: 0 };
  const load = (): Promise<Summary> => {
    state.loads += 1;
    return Promise.resolve(summaryWorth(state.value));
  };
  return { state, load };
}

/** A load that waits until it is let go, with the value from when it began. */
function slowSource(value: string) {
  let letGo: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const load = async (): Promise<Summary> => {
    begin();
    await gate;
    return summaryWorth(value);
  };
  return { load, begun, letGo: () => letGo() };
}

describe('a cached answer', () => {
  it('is loaded once and then served, here and in another process', async () => {
    const { state, load } = source();
    const answers = [await here.read(readOf(load)), await here.read(readOf(load)), await there.read(readOf(load))];
    expect(answers).toEqual([summaryWorth('1'), summaryWorth('1'), summaryWorth('1')]);
    expect(state.loads).toBe(1);
    expect(here.counts()).toMatchObject({ misses: 1, hits: 1, bypasses: 0 });
    expect(there.counts()).toMatchObject({ misses: 0, hits: 1 });
  });

  it('stands under the specified key, in the specified fields, for 30 seconds', async () => {
    await here.read(readOf(() => Promise.resolve(summaryWorth('125000.50'))));
    const stored: unknown = JSON.parse((await redis.get(`portfolio:${ids.user}:${ids.portfolio}`)) ?? '');
    expect(stored).toMatchObject({
      total_value: '125000.50',
      daily_return: '850.25',
      positions: [{ instrument_id: ids.instrument, quantity: '10', avg_cost: '50.1', current_value: '600', unrealized_pnl: '99' }],
      last_updated: expect.any(Number),
      schema_version: 3,
    });
    expect(await redis.pttl(key)).toBeGreaterThan(25_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(30_000);
    expect(await redis.exists(leaseOf(key))).toBe(0);
  });

  it("is each user's own, under one portfolio id", async () => {
    await here.read(readOf(source('1').load));
    const theirs = readOf(() => Promise.reject(new Error('NOT_FOUND')), { ...slot, userId: newId() });
    await expect(here.read(theirs)).rejects.toThrow('NOT_FOUND');
    expect(here.counts()).toMatchObject({ hits: 0, misses: 2 });
  });

  it.each([
    ['text that is no JSON', () => 'x{'],
    ['another schema version', (text: string) => text.replace('"schema_version":3', '"schema_version":1')],
    ['a field that is missing', (text: string) => text.replace('"total_value"', '"value_total"')],
    ['money as a number', (text: string) => text.replace('"850.25"', '850.25')],
    ['an epoch that has ended', (text: string) => text.replace(/"epoch":"[^"]+"/, `"epoch":"${newId()}"`)],
  ])('is a miss when it has %s', async (_, broken) => {
    const { state, load } = source();
    await here.read(readOf(load));
    const text = (await redis.get(key)) ?? '';
    const changed = broken(text);
    expect(changed).not.toBe(text);
    await redis.set(key, changed);
    expect(await here.read(readOf(load))).toEqual(summaryWorth('1'));
    expect(state.loads).toBe(2);
    await here.read(readOf(load));
    expect(state.loads).toBe(2);
  });
});

it('an answer that does not fit its key is given, told of, and not kept', async () => {
  const warned = () => logger.lines.filter(({ message }) => message.includes('does not fit')).length;
  const before = warned();
  expect(await here.read(readOf(source('a lot').load))).toMatchObject({ totalValue: 'a lot' });
  expect(warned()).toBe(before + 1);
  expect(await redis.exists(key, leaseOf(key))).toBe(0);
});

describe('of many that ask at once', () => {
  it('one loads, over all processes', async () => {
    const slow = slowSource('7');
    let loads = 0;
    const load = (): Promise<Summary> => {
      loads += 1;
      return slow.load();
    };
    const asked = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? here : there).read(readOf(load)));
    await slow.begun;
    // All have asked by the time that one more, sent after them on each connection, is answered.
    await Promise.all([redis.ping(), new Promise((resolve) => setTimeout(resolve, 50))]);
    slow.letGo();
    expect(new Set((await Promise.all(asked)).map(({ totalValue }) => totalValue))).toEqual(new Set(['7']));
    expect(loads).toBe(1);
  });

  it('all hear of a load that failed, and the next call loads again', async () => {
    let loads = 0;
    const failing = (): Promise<Summary> => {
      loads += 1;
      return Promise.reject(new Error(`failed ${loads}`));
    };
    await expect(here.read(readOf(failing))).rejects.toThrow('failed 1');
    await expect(here.read(readOf(failing))).rejects.toThrow('failed 2');
    expect(await redis.exists(key, leaseOf(key))).toBe(0);
  });

  it('nobody waits for one that was killed while loading', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'tests/lease-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify({ url, slot })}\n`);
    await once(child.stdout, 'data');
    // The child's first connection began an epoch of its own; the lease is in it.
    expect(await redis.exists(leaseOf(key))).toBe(1);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(await redis.exists(leaseOf(key))).toBe(1);
    const { state, load } = source();
    expect(await here.read(readOf(load))).toEqual(summaryWorth('1'));
    expect(state.loads).toBe(1);
    // Answered past the lease or after it had run out; once it has, the value is kept again.
    await redis.del(leaseOf(key));
    await here.read(readOf(load));
    await here.read(readOf(load));
    expect(state.loads).toBeLessThanOrEqual(2);
    expect(here.counts().hits).toBeGreaterThan(0);
  }, 20_000);
});

describe('a change', () => {
  it('makes everyone load anew', async () => {
    const { state, load } = source('1');
    await here.read(readOf(load));
    state.value = '2';
    await there.drop(dropped);
    expect(await here.read(readOf(load))).toMatchObject({ totalValue: '2' });
    expect(state.loads).toBe(2);
  });

  it.each([
    ['of this value', dropped],
    ['of the whole family', { slots: [], families: ['portfolio'] as const }],
  ])('%s, while the old one is being loaded, keeps it from being stored', async (_, drops) => {
    const slow = slowSource('1');
    const early = here.read(readOf(slow.load));
    await slow.begun;
    await there.drop(drops);
    slow.letGo();
    // Whoever asked before the change may see the old value; nobody after it.
    expect(await early).toMatchObject({ totalValue: '1' });
    expect(here.counts()).toMatchObject({ refused: 1 });
    expect(await redis.exists(key)).toBe(0);
    expect(await here.read(readOf(source('2').load))).toMatchObject({ totalValue: '2' });
  });

  it('is seen at once by who asks after it, though an older load still runs in the same process', async () => {
    const slow = slowSource('1');
    const early = here.read(readOf(slow.load));
    await slow.begun;
    await there.drop(dropped);
    expect(await here.read(readOf(source('2').load))).toMatchObject({ totalValue: '2' });
    slow.letGo();
    await early;
    expect(await here.read(readOf(source('3').load))).toMatchObject({ totalValue: '2' });
  });

  it('is not undone by a Redis that lost everything while the old value was being loaded', async () => {
    const slow = slowSource('1');
    const early = here.read(readOf(slow.load));
    await slow.begun;
    await there.drop(dropped);
    await redis.flushdb();
    slow.letGo();
    await early;
    expect(await redis.exists(key)).toBe(0);
    expect(await there.read(readOf(source('2').load))).toMatchObject({ totalValue: '2' });
  });

  it('wins against a loader whose lease ran out and went to another', async () => {
    const hasty = await openCache(1);
    const slow = slowSource('1');
    const early = hasty.read(readOf(slow.load));
    await slow.begun;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await there.read(readOf(source('2').load))).toMatchObject({ totalValue: '2' });
    slow.letGo();
    await early;
    expect(await there.read(readOf(source('3').load))).toMatchObject({ totalValue: '2' });
  });
});
