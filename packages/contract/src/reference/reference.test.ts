import { readFileSync } from 'node:fs';
import { registerSchema, type SchemaObject, unregisterSchema, validate, type Validator } from '@hyperjump/json-schema/openapi-3-1';
import { describe, expect, it } from 'vitest';
import * as door from '../index.ts';
import { callerOperations, events, ownOperations } from './declared.ts';
import { jsonSchema } from './json-schema.ts';
import { openApiDocument } from './openapi.ts';
import { operationsPage } from './operations-page.ts';

type Json = Parameters<Validator>[0];

const committed = (path: string): string => readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), 'utf8');
const openApi = await validate('https://spec.openapis.org/oas/3.1/schema-base');
const isValid = (document: unknown): boolean => openApi(document as Json).valid;

describe('the committed reference', () => {
  it.each([
    ['reference/operations.md', () => operationsPage()],
    ['openapi.json', () => `${JSON.stringify(openApiDocument(), null, 2)}\n`],
  ])('docs/%s says what the contract says: `npm run reference` writes it anew', (path, generate) => {
    expect(committed(path) === generate(), `docs/${path} is stale: run \`npm run reference\` and commit what it changes`).toBe(true);
  });
});

describe('the OpenAPI document', () => {
  it('holds against the schema of OpenAPI 3.1, its schemas included', () => {
    expect(isValid(openApiDocument())).toBe(true);
  });

  it.each([
    ['a path without its slash', { paths: { 'trpc/x': {} } }],
    ['a response without a description', { paths: { '/x': { get: { responses: { '200': {} } } } } }],
    ['a schema with an unknown type', { components: { schemas: { X: { type: 'decimal' } } } }],
  ])('would not with %s', (_what, broken) => {
    expect(isValid({ ...openApiDocument(), ...broken })).toBe(false);
  });

  it('has each of its references inside', () => {
    const document = openApiDocument();
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/(?<path>[^"]+)"/g)].map((match) => match.groups?.['path'] ?? '');
    const found = (path: string) =>
      path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((path) => found(path) === undefined)).toHaveLength(0);
  });
});

describe('what the reference is made of', () => {
  it.each([...callerOperations, ...ownOperations].map((declaration) => [declaration.name, declaration] as const))(
    'the example of %s fits the JSON Schema of its input, and a field too many does not',
    async (name, { input, example }) => {
      const uri = `https://example.com/${name}`;
      registerSchema(jsonSchema(input, 'input') as SchemaObject, uri, 'https://json-schema.org/draft/2020-12/schema');
      const fits = await validate(uri);
      unregisterSchema(uri);
      expect(fits(example as Json).valid).toBe(true);
      expect(fits({ ...(example as object), surprise: 1 }).valid).toBe(false);
    },
  );

  it('knows every event that an area exports', () => {
    const areas = Object.values(door).filter((exported) => typeof exported === 'object');
    const exported: readonly unknown[] = areas.flatMap((area): unknown[] => Object.values(area));
    const declared = exported.filter((one) => typeof one === 'object' && one !== null && 'payload' in one);
    expect(declared.length).toBeGreaterThan(0);
    expect(new Set(events)).toEqual(new Set(declared));
  });
});
