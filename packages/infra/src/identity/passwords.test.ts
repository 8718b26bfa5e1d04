import { expect, it } from 'vitest';
import { bcryptHasher } from './passwords.ts';

const hasher = bcryptHasher({ cost: 4, pepper: 'a pepper for the tests' });

it('knows a password again, whatever its length, and only under the same pepper', async () => {
  const long = 'x'.repeat(100);
  const hash = await hasher.hash(`${long}1`);
  expect(await hasher.verify(`${long}1`, hash)).toBe(true);
  expect(await hasher.verify(`${long}2`, hash)).toBe(false);
  expect(await bcryptHasher({ cost: 4, pepper: 'another pepper for it' }).verify(`${long}1`, hash)).toBe(false);
});

it('refuses for nobody, and for a hash that it cannot read', async () => {
  expect(await hasher.verify('nobody has this password', null)).toBe(false);
  expect(await hasher.verify('anything', 'not-a-hash')).toBe(false);
});

it('calls a hash of another cost outdated', async () => {
  const hash = await hasher.hash('correct horse battery');
  expect(hasher.isOutdated(hash)).toBe(false);
  expect(bcryptHasher({ cost: 5, pepper: 'a pepper for the tests' }).isOutdated(hash)).toBe(true);
});

it.each(['password123456', 'iloveyou', 'Qwertyuiop'])('knows %s for a common one', (password) => {
  expect(hasher.isCommon(password.slice(0, 11).replace(/\d+$/, ''))).toBe(true);
});

it('knows a good one for none', () => expect(hasher.isCommon('correct horse battery')).toBe(false));

it('lets so many wait and no more: the rest is told to come again, and afterwards all is as before', async () => {
  const hash = await hasher.hash('correct horse battery');
  const many = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.verify('correct horse battery', hash)));
  const refused = many.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBe(200 - 2 - 24);
  for (const one of refused) expect(one).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
  for (const one of many) if (one.status === 'fulfilled') expect(one.value).toBe(true);
  expect(await hasher.verify('correct horse battery', hash)).toBe(true);
});
