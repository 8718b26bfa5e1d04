import type { JsonSchema } from './json-schema.ts';

/** One field of a schema, in words. */
export interface FieldRow {
  /** `positions[].symbol` */
  readonly name: string;
  readonly type: string;
  readonly bounds: string;
  readonly isRequired: boolean;
  readonly meaning: string;
}

/** An integer without a bound of its own carries float64's. */
const SAFE = Number.MAX_SAFE_INTEGER;

/** The fields of an object's schema, nested ones after their parent. */
export function fieldRows(schema: JsonSchema, prefix = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([field, property]) => {
    if (typeof property === 'boolean') throw new Error(`${prefix}${field} is declared without a schema`);
    const isRequired = schema.required?.includes(field) ?? false;
    return fieldRow(`${prefix}${field}`, property, isRequired);
  });
}

function fieldRow(name: string, property: JsonSchema, isRequired: boolean): FieldRow[] {
  const { inner, nullable } = unwrapped(property);
  const { label, element } = elementOf(name, inner);
  const row: FieldRow = {
    name,
    type: `${typeOf(inner)}${nullable ? ' or null' : ''}`,
    bounds: [...boundsOf(inner), ...defaultOf(property)].join(', '),
    isRequired,
    meaning: property.description ?? inner.description ?? '',
  };
  return [row, ...fieldRows(element, `${label}.`)];
}

/** A schema of "x or null" as x. */
function unwrapped(schema: JsonSchema): { readonly inner: JsonSchema; readonly nullable: boolean } {
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) {
    const others = options.filter((option) => option.type !== 'null');
    const [inner] = others;
    if (inner !== undefined && others.length === 1) return { inner, nullable: options.length > 1 };
    return { inner: schema, nullable: others.length < options.length };
  }
  // zod writes the null of a plain type beside it.
  const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  const [type] = types.filter((one) => one !== 'null');
  return types.includes('null') ? { inner: { ...schema, type: type as 'string' }, nullable: true } : { inner: schema, nullable: false };
}

function elementOf(label: string, schema: JsonSchema): { readonly label: string; readonly element: JsonSchema } {
  const items = schema.items;
  return items === undefined || typeof items === 'boolean' || Array.isArray(items)
    ? { label, element: schema }
    : { label: `${label}[]`, element: items };
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.type === 'array') return `list of ${typeOf(elementOf('', schema).element)}`;
  if (schema.format !== undefined) return formats[schema.format] ?? schema.format;
  if (typeof schema.type === 'string') return schema.type;
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map(typeOf).join(' or ');
  return 'any JSON';
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'UUID',
  email: 'e-mail address',
  date: 'date `YYYY-MM-DD`',
  'date-time': 'instant, ISO 8601',
};

function boundsOf(schema: JsonSchema): string[] {
  const { minLength, maxLength, minimum, maximum, pattern, minItems, maxItems } = schema;
  return [
    ...range('characters', minLength, maxLength),
    ...range('', minimum === -SAFE ? undefined : minimum, maximum === SAFE ? undefined : maximum),
    ...range('items', minItems, maxItems),
    ...(pattern === undefined ? [] : [code(new RegExp(pattern))]),
  ];
}

function range(unit: string, least: number | undefined, most: number | undefined): string[] {
  if (least === undefined && most === undefined) return [];
  const limits = most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `${least} to ${most}`;
  return [`${limits} ${unit}`.trim()];
}

const defaultOf = (schema: JsonSchema): string[] => (schema.default === undefined ? [] : [`default ${code(schema.default)}`]);

const code = (value: unknown): string => `\`${value instanceof RegExp ? value.source : JSON.stringify(value)}\``;
