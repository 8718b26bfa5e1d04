import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldRows } from './field-rows.ts';
import { jsonSchema } from './json-schema.ts';

const rowOf = (field: z.ZodType) => fieldRows(jsonSchema(z.strictObject({ field }), 'input'))[0];

describe('a field in words', () => {
  it.each<[z.ZodType, string, string]>([
    [z.uuid(), 'UUID', ''],
    [z.email().max(254), 'e-mail address', 'at most 254 characters'],
    [z.iso.date().nullable(), 'date `YYYY-MM-DD` or null', ''],
    [z.string().min(12), 'string', 'at least 12 characters'],
    [z.string().regex(/^[A-Z]{3}$/), 'string', '`^[A-Z]{3}$`'],
    [z.string().nullable(), 'string or null', ''],
    [z.int(), 'integer', ''],
    [z.int().min(1).max(500).default(100), 'integer', '1 to 500, default `100`'],
    [z.number().nullable(), 'number or null', ''],
    [z.boolean(), 'boolean', ''],
    [z.enum(['BUY', 'SELL']), '`"BUY"`, `"SELL"`', ''],
    [z.literal('gap'), '`"gap"`', ''],
    [z.union([z.string(), z.int()]), 'string or integer', ''],
    [z.array(z.enum(['read'])).max(4), 'list of `"read"`', 'at most 4 items'],
    [z.unknown(), 'any JSON', ''],
  ])('%# says type and bounds', (schema, type, bounds) => {
    expect(rowOf(schema)).toMatchObject({ type, bounds });
  });

  it('says whether it must be there, and what it means, wherever that was written', () => {
    const schema = z.strictObject({
      a: z.string().describe('Inside.').nullable(),
      b: z.string().describe('Inside.').nullable().describe('Outside.'),
      c: z.string().optional().describe('May be left out.'),
    });
    expect(fieldRows(jsonSchema(schema, 'input')).map(({ name, isRequired, meaning }) => [name, isRequired, meaning])).toEqual([
      ['a', true, 'Inside.'],
      ['b', true, 'Outside.'],
      ['c', false, 'May be left out.'],
    ]);
  });

  it('comes before the fields inside it, which carry its name', () => {
    const view = z.object({ items: z.array(z.object({ id: z.uuid(), price: z.object({ close: z.string() }).nullable() })) });
    expect(fieldRows(jsonSchema(view, 'output')).map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'items: list of object',
      'items[].id: UUID',
      'items[].price: object or null',
      'items[].price.close: string',
    ]);
  });
});
