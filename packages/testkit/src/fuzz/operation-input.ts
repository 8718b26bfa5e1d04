import { type AnyDeclaration, jsonSchema, type JsonSchema } from '@trii/contract';
import { addDays, parseLocalDate } from '@trii/kernel';
import * as fc from 'fast-check';
import { anything, hostileKey, hostileText } from './hostile.ts';
import type { Slot, Wire } from './wire.ts';

type WireArbitrary = fc.Arbitrary<Wire>;

interface Place {
  readonly schema: JsonSchema;
  readonly path: readonly string[];
  /** What the operation's example has here. */
  readonly example: unknown;
}

/** Of a thousand values at one place so many are as the schema wants them; the rest lie beside it. An input of five fields is then half right. */
const FITTING_PER_MILLE = 900;

/** Inputs of an operation, right and wrong, out of its schema alone: what is declared tomorrow is covered tomorrow. */
export function operationInput(declaration: AnyDeclaration): WireArbitrary {
  return wireAt({ schema: jsonSchema(declaration.input, 'input'), path: [], example: declaration.example });
}

function wireAt(place: Place): WireArbitrary {
  return fc.oneof(
    { weight: FITTING_PER_MILLE, arbitrary: fitting(place) },
    { weight: (1000 - FITTING_PER_MILLE) / 2, arbitrary: beside(place) },
    { weight: (1000 - FITTING_PER_MILLE) / 2, arbitrary: anything },
  );
}

/** What the schema takes, as far as JSON Schema can say it. */
function fitting(place: Place): WireArbitrary {
  const { schema } = place;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => wireAt({ ...place, schema: schemaOf(choice) })));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectAt(place, (entries) => fc.constant(entries));
    case 'array':
      return arrayAt(place, { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 4) });
    case 'string':
      return fc.oneof({ weight: 6, arbitrary: fromExample(place) }, { weight: 3, arbitrary: textAt(schema) });
    case 'number':
    case 'integer':
      return fc.oneof(fromExample(place), numberAt(schema));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case undefined:
    default:
      return anything;
  }
}

/** Just outside of what the schema takes, or on its edge. */
function beside(place: Place): WireArbitrary {
  const { schema } = place;
  switch (schema.type) {
    case 'object':
      return objectAt(place, misshapen);
    case 'array':
      return arrayAt(place, { minLength: (schema.maxItems ?? 4) + 1, maxLength: (schema.maxItems ?? 4) + 1 });
    case 'string':
      return fc.oneof(hostileText, lengthsBeside(schema));
    case 'number':
    case 'integer':
      return fc.constantFrom(...[schema.minimum ?? 0, schema.maximum ?? 0].flatMap((edge) => [edge - 1, edge, edge + 1, edge + 0.5]));
    case 'boolean':
    case 'null':
    case undefined:
    default:
      return anything;
  }
}

type Entries = readonly (readonly [string, Wire])[];

function objectAt({ schema, path, example }: Place, shape: (entries: Entries) => fc.Arbitrary<Entries>): WireArbitrary {
  const fields = Object.entries(schema.properties ?? {}).map(([key, of]): fc.Arbitrary<Entries> => {
    const value = wireAt({ schema: schemaOf(of), path: [...path, key], example: at(example, key) });
    const entry = value.map((item): Entries => [[key, item]]);
    return schema.required?.includes(key) === true
      ? entry
      : fc.oneof({ weight: 2, arbitrary: entry }, { weight: 1, arbitrary: fc.constant<Entries>([]) });
  });
  const own = fc.tuple(...fields).map((parts) => parts.flat());
  const free =
    typeof schema.additionalProperties === 'object' && schema.properties === undefined
      ? fc.array(fc.tuple(hostileText, wireAt({ schema: schemaOf(schema.additionalProperties), path, example: undefined })), {
          maxLength: 3,
        })
      : fc.constant<Entries>([]);
  return fc
    .tuple(own, free)
    .chain(([named, more]) => shape([...named, ...more]))
    .map((entries) => ({ fields: entries }));
}

/** A field too few, one too many, or one twice. */
const misshapen = (entries: Entries): fc.Arbitrary<Entries> =>
  fc.oneof(
    fc.subarray([...entries]),
    fc.tuple(hostileKey, anything).map((extra) => [...entries, extra]),
    fc.constant([...entries, ...entries]),
    fc.array(fc.tuple(hostileKey, fc.constant(1)), { minLength: 30, maxLength: 30 }).map((extras) => [...entries, ...extras]),
  );

function arrayAt({ schema, path, example }: Place, length: { readonly minLength: number; readonly maxLength: number }): WireArbitrary {
  return fc.array(wireAt({ schema: schemaOf(schema.items), path: [...path, '0'], example: at(example, '0') }), length);
}

/** Mostly what stands in the example for the caller, which leads deep inside; now and then what belongs to somebody else. */
function fromExample({ path, example, schema }: Place): WireArbitrary {
  if (example === undefined) return schema.type === 'string' ? textAt(schema) : numberAt(schema);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant<Slot>({ slotOf: 'caller', path }) },
    { weight: 1, arbitrary: fc.constant<Slot>({ slotOf: 'other', path }) },
  );
}

function textAt(schema: JsonSchema): WireArbitrary {
  const { minLength = 0, maxLength = 40 } = schema;
  if (schema.format === 'uuid') return fc.uuid();
  if (schema.format === 'email') return fc.emailAddress();
  if (schema.format === 'date') return fc.integer({ min: 0, max: 40_000 }).map((day) => addDays(parseLocalDate('1970-01-01'), day));
  if (schema.format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (schema.pattern !== undefined) return fc.oneof(matching(schema.pattern), hostileText);
  return fc.oneof(fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) }), hostileText);
}

/** fast-check cannot look ahead; what its pattern then takes too much is one more wrong input. */
function matching(pattern: string): fc.Arbitrary<string> {
  return fc.stringMatching(new RegExp(pattern.replaceAll(/\(\?[=!][^)]*\)/g, '')));
}

function lengthsBeside({ minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  return fc.constantFrom(...[minLength - 1, minLength, maxLength, maxLength + 1].map((length) => 'x'.repeat(Math.max(length, 0))));
}

function numberAt({ minimum, maximum, type }: JsonSchema): WireArbitrary {
  const min = Math.max(minimum ?? -1_000_000, Number.MIN_SAFE_INTEGER);
  const max = Math.min(maximum ?? 1_000_000, Number.MAX_SAFE_INTEGER);
  return type === 'integer' ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) }) : fc.double({ min, max, noNaN: true });
}

const schemaOf = (schema: unknown): JsonSchema =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema) ? (schema as JsonSchema) : {};
const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
