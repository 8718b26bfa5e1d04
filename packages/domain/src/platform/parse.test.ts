import { command, scope } from '@trii/contract';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseInput } from './parse.ts';

const probe = command('probe.parse', {
  summary: 'A probe.',
  input: z.strictObject({ weights: z.record(z.string(), z.number()) }),
  output: z.object({}),
  access: scope('write'),
  audit: { entityType: 'PROBE', action: 'CREATE' },
  example: { weights: {} },
});

it.each([
  ['NUL', 'a\0b'],
  ['half a surrogate pair', 'a\uD800b'],
])('refuses a key with %s, which PostgreSQL cannot hold', (_, key) => {
  expect(() => parseInput(probe, { weights: { [key]: 1 } })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
});

it('tells a text that PostgreSQL cannot hold by its own path', () => {
  const deep = { ...probe, input: z.strictObject({ a: z.array(z.strictObject({ b: z.string() })) }) };
  expect(() => parseInput(deep, { a: [{ b: 'ok' }, { b: 'a\0b' }] })).toThrow(
    expect.objectContaining({ details: { issues: [{ path: 'a.1.b', problem: expect.stringContaining('NUL') }] } }),
  );
});

it('tells fields that are not declared by their own paths', () => {
  const deep = { ...probe, input: z.strictObject({ a: z.strictObject({ b: z.number() }) }) };
  expect(() => parseInput(deep, { a: { b: 1, c: 2, d: 3 }, e: 4 })).toThrow(
    expect.objectContaining({
      details: { issues: ['a.c', 'a.d', 'e'].map((path) => ({ path, problem: 'not a field of this input' })) },
    }),
  );
});

it('tells back of a hostile input a little, however long its keys and however many', () => {
  const long = 'k'.repeat(20_000);
  const inputs = [
    { weights: { [long]: 'not a number' } },
    { weights: {}, [long]: 1 },
    Object.fromEntries(Array.from(long, (_, n) => [n, n])),
  ];
  for (const input of inputs) {
    try {
      parseInput(probe, input);
      expect.unreachable('it is refused');
    } catch (error) {
      expect(JSON.stringify(error).length).toBeLessThan(20_000);
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
    }
  }
});
