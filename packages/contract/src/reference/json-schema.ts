import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * A schema as JSON Schema 2020-12. `input`: what a caller sends, before defaults are filled in. `output`: what comes back; fields may be added to
 * it without breaking the promise, so it does not forbid others.
 */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      // The pattern of a named format says nothing more, in three hundred characters.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  });
  return rest;
}
