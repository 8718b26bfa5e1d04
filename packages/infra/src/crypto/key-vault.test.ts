import { newId } from '@trii/kernel';
import { expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { keyRingVault } from './key-vault.ts';

const keyOf = (fill: string) => Buffer.alloc(32, fill);
const ring = (...ids: string[]) => keyRingVault({ masterKeys: ids.map((id) => ({ id, key: keyOf(id) })), blindIndexKey: 'b' });
const anna = newId();

it('opens what it wrapped, under the current key and under those before it', async () => {
  const dataKey = await ring('old').issue(anna);
  const wrapped = await ring('old').wrap(dataKey);
  expect(wrapped).toMatchObject({ keyId: dataKey.keyId, masterKeyId: 'old' });
  expect(await ring('new', 'old').unwrap(anna, wrapped)).toEqual(dataKey);
  const again = await ring('new', 'old').wrap(dataKey);
  expect(again.masterKeyId).toBe('new');
  expect(await ring('new').unwrap(anna, again)).toEqual(dataKey);
});

it('issues a key of 256 bits that nobody has, and wraps it differently each time', async () => {
  const [first, second] = [await ring('k').issue(anna), await ring('k').issue(anna)];
  expect(first.key).toHaveLength(32);
  expect(first.key).not.toEqual(second.key);
  expect((await ring('k').wrap(first)).wrappedKey).not.toEqual((await ring('k').wrap(first)).wrappedKey);
  expect(Buffer.from((await ring('k').wrap(first)).wrappedKey).includes(first.key)).toBe(false);
});

it.each([
  ['for another person', (wrapped) => ring('k').unwrap(newId(), wrapped)],
  ['under another key id', (wrapped) => ring('k').unwrap(anna, { ...wrapped, keyId: newId() })],
  ['without the master key', (wrapped) => ring('other').unwrap(anna, wrapped)],
  [
    'under another key of that name',
    (wrapped) => keyRingVault({ masterKeys: [{ id: 'k', key: keyOf('x') }], blindIndexKey: 'b' }).unwrap(anna, wrapped),
  ],
  ['cut short', (wrapped) => ring('k').unwrap(anna, { ...wrapped, wrappedKey: wrapped.wrappedKey.subarray(0, 20) })],
  ['when it is empty', (wrapped) => ring('k').unwrap(anna, { ...wrapped, wrappedKey: new Uint8Array() })],
] satisfies [string, (wrapped: Awaited<ReturnType<ReturnType<typeof ring>['wrap']>>) => Promise<unknown>][])(
  'does not open a key %s',
  async (_, open) => {
    const wrapped = await ring('k').wrap(await ring('k').issue(anna));
    await expect(open(wrapped)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE', details: {} });
  },
);

it('does not open a key of which any bit was changed', async () => {
  const wrapped = await ring('k').wrap(await ring('k').issue(anna));
  for (let at = 0; at < wrapped.wrappedKey.length; at += 1) {
    const changed = Buffer.from(wrapped.wrappedKey);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(ring('k').unwrap(anna, { ...wrapped, wrappedKey: changed })).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  }
});

it('reads a ring of keys, the current one first', async () => {
  const text = `2026-11:${keyOf('a').toString('base64url')}, 2025-01:${keyOf('b').toString('base64url')}`;
  const { PII_MASTER_KEYS: keys } = readConfig(['PII_MASTER_KEYS'], { PII_MASTER_KEYS: text });
  expect(keys.map(({ id, key }) => [id, Buffer.from(key)])).toEqual([
    ['2026-11', keyOf('a')],
    ['2025-01', keyOf('b')],
  ]);
  expect(await keyRingVault({ masterKeys: keys, blindIndexKey: 'b' }).currentMasterKeyId()).toBe('2026-11');
  expect(() => keyRingVault({ masterKeys: [], blindIndexKey: 'b' })).toThrow('PII_MASTER_KEYS');
});

const SECRET = keyOf('s').toString('base64url');

it.each([
  ['', 'entry 1'],
  [SECRET, 'entry 1'],
  [`k1:${SECRET.slice(1)}`, 'entry 1'],
  [`k1:${SECRET},k2`, 'entry 2'],
  [`K 1:${SECRET}`, 'entry 1'],
  [`k1:${SECRET},k1:${SECRET}`, 'twice'],
])('refuses the ring %j without repeating any of it', (text, says) => {
  const read = () => readConfig(['PII_MASTER_KEYS', 'PII_BLIND_INDEX_KEY'], { PII_MASTER_KEYS: text, PII_BLIND_INDEX_KEY: `${SECRET}=` });
  expect(read).toThrow(says);
  expect(read).toThrow('PII_BLIND_INDEX_KEY: not 32 bytes');
  expect(read).not.toThrow(SECRET.slice(1));
});
