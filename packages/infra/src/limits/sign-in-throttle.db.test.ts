import { manualClock, newId, systemClock } from '@trii/kernel';
import { createTestDatabase, recordingLogger } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CacheLink, openCacheLink } from '../redis/cache-link.ts';
import { redisSignInThrottle } from './sign-in-throttle.ts';

const clock = manualClock(systemClock.now());
const links: CacheLink[] = [];
let urls: readonly string[];

beforeAll(async () => {
  urls = [(await createTestDatabase()).servers.REDIS_CACHE_URL, 'redis://127.0.0.1:1'];
});
afterAll(() => {
  for (const link of links) link.close();
});

async function throttle(which: number) {
  const link = openCacheLink({ url: urls[which] ?? '', logger: recordingLogger() });
  links.push(link);
  if (which === 0) await link.ready(5_000);
  return redisSignInThrottle(link, clock);
}

const addressOf = (): string => `2001:db8:${newId().slice(-4)}:${newId().slice(-4)}::1`;

describe.each([
  [0, 'by Redis'],
  [1, 'by the process, with Redis away'],
])('%i: counted %s', (which) => {
  it('lets five mistakes be, then makes each next one wait for longer; waiting is enough', async () => {
    const tries = await throttle(which);
    const [account, address] = [newId(), addressOf()];
    for (let mistake = 0; mistake < 5; mistake += 1) expect(await tries.begin(account, address)).toBe(0);
    expect(await tries.begin(account, address)).toBe(1_000);
    clock.advance(999);
    expect(await tries.begin(account, address)).toBe(1);
    clock.advance(1);
    expect(await tries.begin(account, address)).toBe(0);
    expect(await tries.begin(account, address)).toBe(2_000);
  });

  it('forgets the mistakes of whoever signs in', async () => {
    const tries = await throttle(which);
    const [account, address] = [newId(), addressOf()];
    for (let round = 0; round < 3; round += 1) {
      for (let mistake = 0; mistake < 5; mistake += 1) expect(await tries.begin(account, address)).toBe(0);
      await tries.succeeded(account, address);
    }
  });

  it('slows an address down over many accounts, though it signs in to one of its own in between', async () => {
    const tries = await throttle(which);
    const [own, address] = [newId(), addressOf()];
    for (let guess = 0; guess < 48; guess += 1) {
      expect(await tries.begin(newId(), address)).toBe(0);
      expect(await tries.begin(own, address)).toBe(0);
      await tries.succeeded(own, address);
    }
    expect(await tries.begin(newId(), address)).toBe(0);
    expect(await tries.begin(newId(), address)).toBe(0);
    expect(await tries.begin(newId(), address)).toBe(1_000);
  });

  it('does not mind how many people behind one address sign in', async () => {
    const tries = await throttle(which);
    const address = addressOf();
    for (let person = 0; person < 120; person += 1) {
      const account = newId();
      expect(await tries.begin(account, address)).toBe(0);
      await tries.succeeded(account, address);
    }
  });

  it('locks nobody out: from elsewhere the owner has a first try, however many others failed', async () => {
    const tries = await throttle(which);
    const account = newId();
    for (let guess = 0; guess < 60; guess += 1) expect(await tries.begin(account, addressOf())).toBe(0);
    const owner = addressOf();
    expect(await tries.begin(account, owner)).toBe(0);
    expect(await tries.begin(account, owner)).toBe(1_000);
    await tries.succeeded(account, owner);
    expect(await tries.begin(account, owner)).toBe(0);
  });

  it('gives tries at the same moment no more than those one after the other', async () => {
    const tries = await throttle(which);
    const [account, address] = [newId(), addressOf()];
    const waits = await Promise.all(Array.from({ length: 40 }, () => tries.begin(account, address)));
    expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(5);
    expect(waits.filter((wait) => wait === 0).length).toBeGreaterThan(0);
  });
});

it('takes an IPv6 network for one caller, who could be any address of it', async () => {
  const tries = await throttle(0);
  const account = newId();
  for (let host = 1; host <= 5; host += 1) expect(await tries.begin(account, `2001:db8:77:1::${host}`)).toBe(0);
  expect(await tries.begin(account, '2001:db8:77:1::6')).toBe(1_000);
});

it('is one count for all processes that share a cache, and holds no address as it is', async () => {
  const [one, two] = [await throttle(0), await throttle(0)];
  const [account, address] = [`${newId()}@example.com`, addressOf()];
  for (let mistake = 0; mistake < 5; mistake += 1) await (mistake % 2 === 0 ? one : two).begin(account, address);
  expect([await one.begin(account, address), await two.begin(account, address)]).toEqual([1_000, 1_000]);
  const keys = (await links[0]?.ask((redis) => redis.keys('*'))) ?? [];
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key).not.toMatch(new RegExp(`${account}|${address}`));
});
