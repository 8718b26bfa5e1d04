import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pathOf, textOf } from '../packaging/repository-files.ts';

const page = textOf('docs/SECURITY-ASVS.md');

interface Row {
  readonly ids: readonly string[];
  readonly state: string;
  readonly tests: readonly string[];
  /** Names of tests, as their files write them. */
  readonly named: readonly { readonly path: string; readonly name: string }[];
}

const rows: readonly Row[] = page.split('\n').flatMap((line) => {
  const [, ids = '', state = '', , tests = ''] = line.split('|').map((cell) => cell.trim());
  if (!/^\d+\.\d+\.\d+/.test(ids)) return [];
  const named = [...tests.matchAll(/`(?<path>[^`]+)` “(?<name>[^”]+)”/g)].map(({ groups }) => ({
    path: groups?.['path'] ?? '',
    name: groups?.['name'] ?? '',
  }));
  return [{ ids: idsIn(ids), state, tests: [...tests.matchAll(/`(?<path>[^`]+)`/g)].map(({ groups }) => groups?.['path'] ?? ''), named }];
});

/** `6.1.2, 6.2.11` and `3.3.1 to 3.3.4`. */
function idsIn(text: string): string[] {
  return text.split(', ').flatMap((part) => {
    const [from = '', to] = part.split(' to ');
    if (to === undefined) return [from];
    const section = from.split('.').slice(0, 2).join('.');
    const [first, last] = [Number(from.split('.')[2]), Number(to.split('.')[2])];
    return Array.from({ length: last - first + 1 }, (_, n) => `${section}.${first + n}`);
  });
}

/** ASVS 5.0.0: how many requirements of levels 1 and 2 a section has; in each they are the first ones. */
const counts =
  '2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3';

test('each requirement of levels 1 and 2 of the chapters that apply stands there once', () => {
  const wanted = counts.split(' ').flatMap((entry) => {
    const [section = '', count] = entry.split(':');
    return Array.from({ length: Number(count) }, (_, n) => `${section}.${n + 1}`);
  });
  const listed = rows.flatMap(({ ids }) => ids);
  expect(wanted.filter((id) => !listed.includes(id))).toEqual([]);
  expect(listed.filter((id, index) => listed.indexOf(id) !== index)).toEqual([]);
});

test('each has a state, and what is met says by which test where one can show it', () => {
  expect(rows.filter(({ state }) => !['met', 'in part', 'open', 'theirs', 'none'].includes(state))).toEqual([]);
  expect(rows.flatMap(({ tests }) => tests).filter((path) => !existsSync(pathOf(path)))).toEqual([]);
});

test('each name of a test stands in its file', () => {
  const named = rows.flatMap((row) => row.named);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ path, name }) => !textOf(path).includes(name))).toEqual([]);
});
