import { expect, it } from 'vitest';
import { z } from 'zod';
import { readSettings, type VersionedSettings } from './versioned.ts';

// Three versions of made-up settings: a switch became a level, then the level got a unit.
const made = {
  name: 'made',
  schema: z.strictObject({ version: z.literal(3), volume: z.strictObject({ value: z.number(), unit: z.enum(['percent']) }) }),
  upgrades: [
    () => ({ loud: false }),
    ({ loud }) => ({ volume: loud === true ? 100 : 20 }),
    ({ volume }) => ({ volume: { value: volume, unit: 'percent' } }),
  ],
} satisfies VersionedSettings<z.ZodType>;

it.each([
  [{}, 20],
  [{ version: 0, whatever: 'nobody declared this' }, 20],
  [{ version: 1, loud: true }, 100],
  [{ version: 2, volume: 55 }, 55],
  [{ version: 3, volume: { value: 7, unit: 'percent' } }, 7],
])('reads %j under the current version', (stored, value) => {
  expect(readSettings(made, stored)).toEqual({ version: 3, volume: { value, unit: 'percent' } });
});

it('leaves alone what a newer platform stored', () => {
  expect(() => readSettings(made, { version: 4 })).toThrow(
    expect.objectContaining({ code: 'UNAVAILABLE', details: { settings: 'made', version: 4, known: 3 } }),
  );
});

it('takes settings that do not fit their own version for our mistake', () => {
  expect(() => readSettings(made, { version: 3, volume: 7 })).toThrow('do not fit');
});
