import { expect, test } from 'vitest';
import { idTime, isUuid, newId } from './id.ts';

test('ids are UUIDs of version 7 and variant RFC 9562', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ids made one after the other sort in that order, and none comes twice', () => {
  const ids = Array.from({ length: 10_000 }, newId);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test('recognises UUIDs of other versions, and nothing else', () => {
  // The example of version 4 in RFC 9562, appendix A.3, and the nil UUID.
  expect(isUuid('919108f7-52d1-4320-9bac-f847db4148a8')).toBe(true);
  expect(isUuid('00000000-0000-0000-0000-000000000000')).toBe(true);
  for (const value of ['', 'x', '919108f752d143209bacf847db4148a8', 7, null]) expect(isUuid(value)).toBe(false);
});

test('says when an id was made, if its version does', () => {
  // The example of version 7 in RFC 9562, appendix A.6, is of 2022-02-22 14:22:22.00 GMT-05:00.
  expect(idTime('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(1_645_557_742_000);
  expect(idTime('919108f7-52d1-4320-9bac-f847db4148a8')).toBeUndefined();
});
