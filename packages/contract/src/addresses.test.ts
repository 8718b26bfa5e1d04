import { expect, it } from 'vitest';
import { z } from 'zod';
import { callerOperations } from './reference/declared.ts';

// The input of a query stands in the address of its request, which proxies and browsers write down.

/** What says who somebody is, by the names that inputs have for it. */
const PERSONAL = /^(?:email|password|phone|birthDate|firstName|lastName|code|token|currentPassword|newPassword)$/;

const fieldsOf = (schema: unknown): string[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : Object.entries(schema).flatMap(([key, value]) => [...(key === 'properties' ? Object.keys(value as object) : []), ...fieldsOf(value)]);

it('no query takes what says who somebody is, or a secret', () => {
  const inputs = callerOperations.map(({ kind, name, input }) => ({
    kind,
    name,
    fields: fieldsOf(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })),
  }));
  const personal = inputs.filter(({ fields }) => fields.some((field) => PERSONAL.test(field)));
  expect(personal.map(({ name }) => name)).toContain('identity.peopleByPhone');
  expect(personal.filter(({ kind }) => kind !== 'command').map(({ name }) => name)).toEqual([]);
});
