import { systemClock } from '@trii/kernel';
import { type OwnRedis, recordingLogger, type RecordingLogger, startOwnRedis } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CacheLink, openCacheLink } from './cache-link.ts';
import { type CountingReadCache, redisReadCache } from './read-cache.ts';
import { redisSessionCache } from './session-cache.ts';
import { readOf, slot, summaryWorth, type Summary } from './tests/cached-summary.ts';

let server: OwnRedis;
let logger: RecordingLogger;
let link: CacheLink;
let cache: CountingReadCache;
const opened: CacheLink[] = [];

const open = async (): Promise<CacheLink> => {
  const made = openCacheLink({ url: server.url, logger });
  opened.push(made);
  await made.ready(5_000);
  expect(made.state).toBe('up');
  return made;
};

beforeAll(async () => {
  server = await startOwnRedis();
});
beforeEach(async () => {
  logger = recordingLogger();
  link = await open();
  cache = redisReadCache({ link, clock: systemClock, logger });
});
afterAll(async () => {
  for (const made of opened) made.close();
  await server.close();
});

const of = (value: string) => readOf((): Promise<Summary> => Promise.resolve(summaryWorth(value)));
const dropped = { slots: [slot], families: [] };

async function until(what: string, isSo: () => boolean): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > 15_000) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const warnings = () => logger.lines.filter(({ level }) => level === 'warn').length;

describe('a cache that was killed', () => {
  it('costs nobody an answer, is warned of once, and comes back by itself', async () => {
    await cache.read(of('1'));
    await server.kill();
    await until('the circuit opens', () => link.state === 'down');
    for (let n = 0; n < 50; n += 1) expect(await cache.read(of(String(n)))).toMatchObject({ totalValue: String(n) });
    await cache.drop(dropped);
    expect(cache.counts()).toMatchObject({ bypasses: 50 });
    expect(warnings()).toBe(1);
    await server.restart();
    await until('the circuit closes', () => link.state === 'up');
    await cache.read(of('2'));
    expect(await cache.read(of('3'))).toMatchObject({ totalValue: '2' });
    expect(warnings()).toBe(1);
  });

  it('brings back what it held, and nobody believes it: neither who could not tell it of a change nor anyone else', async () => {
    const other = redisReadCache({ link: await open(), clock: systemClock, logger });
    await cache.read(of('1'));
    await server.kill();
    await until('every circuit opens', () => opened.every(({ state }) => state === 'down'));
    await cache.drop(dropped);
    await server.restart();
    await until('all are back', () => opened.every(({ state }) => state === 'up'));
    expect(await other.read(of('2'))).toMatchObject({ totalValue: '2' });
    expect(await cache.read(of('3'))).toMatchObject({ totalValue: '2' });
  });
});

describe('a cache that hangs', () => {
  it('is waited for by those under way only, and used again once it answers', async () => {
    await cache.read(of('1'));
    server.hang();
    const start = performance.now();
    // The first ones wait until the circuit opens; the fifty after them do not ask the cache at all.
    const underWay = await Promise.all([cache.read(of('2')), cache.read(of('2'))]);
    expect(underWay.map(({ totalValue }) => totalValue)).toEqual(['2', '2']);
    expect(link.state).toBe('down');
    for (let n = 0; n < 50; n += 1) await cache.read(of('2'));
    // Loosely: fifty waits would be 25 seconds.
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(cache.counts()).toMatchObject({ bypasses: 52 });
    server.resume();
    await until('the circuit closes', () => link.state === 'up');
    await cache.read(of('3'));
    expect(await cache.read(of('4'))).toMatchObject({ totalValue: '3' });
  });

  it('is not believed after a change of which it could not be told', async () => {
    await cache.read(of('1'));
    server.hang();
    await cache.drop(dropped);
    expect(link.state).toBe('down');
    server.resume();
    await until('the circuit closes', () => link.state === 'up');
    expect(await cache.read(of('2'))).toMatchObject({ totalValue: '2' });
  });

  it('forgets the session that was ended meanwhile', async () => {
    const sessions = redisSessionCache(link, systemClock);
    const hash = 'h'.repeat(43);
    const session = {
      sessionId: slot.id,
      userId: slot.id,
      expiresAt: 9e12,
      permissions: ['read'] as const,
      authenticatedAt: 1,
      lastActivity: 1,
    };
    await sessions.find(hash, () => Promise.resolve(session));
    server.hang();
    await sessions.end(hash);
    server.resume();
    await until('the circuit closes', () => link.state === 'up');
    expect(await sessions.find(hash, () => Promise.resolve(undefined))).toBeUndefined();
  });
});

it('a cache that is not there at the start is away like any other, and found when it comes', async () => {
  await server.kill();
  const late = openCacheLink({ url: server.url, logger });
  opened.push(late);
  await late.ready(100);
  expect(late.state).toBe('down');
  const reads = redisReadCache({ link: late, clock: systemClock, logger });
  expect(await reads.read(of('1'))).toMatchObject({ totalValue: '1' });
  await server.restart({ empty: true });
  await until('the circuit closes', () => late.state === 'up');
});
