import { expect, test } from 'vitest';
import { assertNever, CodedError, invariant, InvariantError, isCodedError } from './errors.ts';

test('a coded error carries its code, details and cause', () => {
  const cause = new Error('socket closed');
  const error = new CodedError('VENUE_DOWN', 'try again in a minute', { details: { venue: 'XNYS' }, cause });
  expect(error).toMatchObject({ name: 'CodedError', code: 'VENUE_DOWN', message: 'try again in a minute', details: { venue: 'XNYS' } });
  expect(error.cause).toBe(cause);
  expect(isCodedError(error)).toBe(true);
  expect(isCodedError(cause)).toBe(false);
});

test('details default to none, and no cause is made up', () => {
  const error = new CodedError('X', 'y');
  expect(error.details).toEqual({});
  expect('cause' in error).toBe(false);
});

test('an invariant narrows when it holds and throws when it does not', () => {
  const value: string | undefined = ['a'][0];
  invariant(value !== undefined, 'never seen');
  expect(value.length).toBe(1);
  expect(() => invariant(false, 'two and two are four')).toThrow(new InvariantError('two and two are four'));
});

test('a value that got past the types is named', () => {
  expect(() => assertNever('purple' as never)).toThrow('unexpected value: purple');
});
