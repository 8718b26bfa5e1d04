import { expect, it } from 'vitest';
import { localScreening } from './local-screening.ts';

const person = { firstName: 'José María', lastName: 'Quiñones-Vrost', birthDate: '1990-05-17', countryCode: 'CO' };
const outcomes = async (listed: readonly string[], changes: Partial<Record<keyof typeof person, null>> = {}) =>
  (await localScreening(listed).screen({ ...person, ...changes })).map(({ check, outcome, findings }) => [check, outcome, findings]);

it('clears who told all and is on no list, the same way each time', async () => {
  const clear = [
    ['IDENTITY', 'CLEAR', []],
    ['SANCTIONS', 'CLEAR', []],
  ];
  expect(await outcomes(['Jose Quinones'])).toEqual(clear);
  expect(await outcomes(['Jose Quinones'])).toEqual(clear);
});

it.each(['JOSE MARIA QUINONES VROST', 'Vrost Quiñones, José María', 'quinones-vrost josé maría'])(
  'finds a listed name written as %s',
  async (name) => {
    expect((await outcomes([name]))[1]).toEqual(['SANCTIONS', 'MATCH', ['NAME_LISTED']]);
  },
);

it('says what it was not told, and does not clear by it', async () => {
  expect(await outcomes([], { birthDate: null, lastName: null })).toEqual([
    ['IDENTITY', 'REVIEW', ['MISSING_LAST_NAME', 'MISSING_BIRTH_DATE']],
    ['SANCTIONS', 'REVIEW', ['NO_NAME']],
  ]);
});
