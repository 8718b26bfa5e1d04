import manifest from '../../package.json' with { type: 'json' };
import type { AnyDeclaration } from '../declaration.ts';
import { errorCodes, isErrorCode, type ErrorCode } from '../errors.ts';
import { callerOperations, errorsByStatus } from './declared.ts';
import { jsonSchema } from './json-schema.ts';
import { auditOf, repeatOf, whoMayCall } from './words.ts';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 description of the tRPC door: `docs/openapi.json`, and `GET /openapi.json` of a running api. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'TRII platform',
      version: manifest.version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Generated from the contract. Queries are GET with their input as JSON in the query string, commands are POST, feeds are server-sent events. ' +
        'Several queries may travel as one tRPC batch, which is not described here. Money and quantities are decimal text.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(callerOperations.map(areaOf))].map((name) => ({ name })),
    paths: Object.fromEntries(callerOperations.map((declaration) => [`/trpc/${declaration.name}`, pathItem(declaration)])),
    components: {
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The token that `identity.signIn` answers.' },
      },
      parameters: { IdempotencyKey: idempotencyKey, LastEventId: lastEventId },
      responses: Object.fromEntries(codes.map((code) => [code, refusal([code])])),
      schemas: { ...Object.fromEntries(callerOperations.flatMap(schemasOf)), ErrorCode: errorCode, Error: errorBody },
    },
  };
}

const areaOf = ({ name }: AnyDeclaration): string => name.split('.')[0] ?? name;

/** `portfolio.summary` -> `PortfolioSummary`: names that generated clients can use. */
const schemaName = ({ name }: AnyDeclaration, part: 'Input' | 'Output'): string =>
  `${name
    .split('.')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}${part}`;

const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const schemasOf = (declaration: AnyDeclaration): [string, Json][] => [
  [schemaName(declaration, 'Input'), { ...jsonSchema(declaration.input, 'input') }],
  [schemaName(declaration, 'Output'), { ...jsonSchema(declaration.output, 'output') }],
];

function pathItem(declaration: AnyDeclaration): Json {
  const { access, kind, name, summary } = declaration;
  const operation = {
    operationId: name,
    tags: [areaOf(declaration)],
    summary,
    description: `Who may call: ${whoMayCall(declaration)}. Audit: ${auditOf(declaration)}. A repeat: ${repeatOf(declaration)}.`,
    security: access.to === 'investor' || access.to === 'operator' ? [{ session: [access.scope] }] : [],
    ...(kind === 'command' ? commandInput(declaration) : queryInput(declaration)),
    responses: { '200': answer(declaration), ...refusals(declaration) },
  };
  return kind === 'command' ? { post: operation } : { get: operation };
}

function commandInput(declaration: AnyDeclaration): Json {
  const takesKey = declaration.replay === 'stored' && declaration.access.to !== 'public';
  return {
    ...(takesKey ? { parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }] } : {}),
    requestBody: { required: true, content: inputContent(declaration) },
  };
}

function queryInput(declaration: AnyDeclaration): Json {
  const input = { name: 'input', in: 'query', required: !declaration.input.safeParse({}).success, content: inputContent(declaration) };
  return { parameters: [input, ...(declaration.kind === 'feed' ? [{ $ref: '#/components/parameters/LastEventId' }] : [])] };
}

const inputContent = (declaration: AnyDeclaration): Json => ({
  'application/json': { schema: reference(schemaName(declaration, 'Input')), example: declaration.example },
});

function answer(declaration: AnyDeclaration): Json {
  const output = reference(schemaName(declaration, 'Output'));
  if (declaration.kind === 'feed') {
    return {
      description:
        'A stream. Each message without an event name carries the schema as `data`, and as `id` where a reconnect goes on. ' +
        'Named events: `connected` first, `ping` while nothing happens, `return` at the end, `serialized-error` (as the error body) when it fails.',
      content: { 'text/event-stream': { schema: output } },
    };
  }
  const data = { type: 'object', required: ['data'], properties: { data: output } };
  const schema = { type: 'object', required: ['result'], properties: { result: data } };
  return { description: 'Done.', content: { 'application/json': { schema } } };
}

function refusals(declaration: AnyDeclaration): Json {
  return Object.fromEntries(
    [...errorsByStatus(declaration)].map(([status, reasons]) => [
      String(status),
      reasons.length === 1 ? { $ref: `#/components/responses/${reasons.join()}` } : refusal(reasons),
    ]),
  );
}

const codes = Object.keys(errorCodes).filter(isErrorCode);

function refusal(reasons: readonly ErrorCode[]): Json {
  const description = reasons.map((code) => `- \`${code}\`: ${errorCodes[code].message}`).join('\n');
  return { description, content: { 'application/json': { schema: reference('Error') } } };
}

const errorCode = { type: 'string', enum: codes, description: 'Why a call was refused. Further codes may be added.' };

const errorBody = object({
  error: object({
    message: { type: 'string' },
    code: { type: 'integer', description: "tRPC's number for the kind of error." },
    data: object(
      {
        error: reference('ErrorCode'),
        details: { type: 'object', description: 'What there is to say of this refusal, by code.' },
        requestId: { type: 'string', description: "Finds the call in the platform's logs; also in the header `x-request-id`." },
        code: { type: 'string', description: "tRPC's name for the kind of error." },
        httpStatus: { type: 'integer' },
      },
      { path: { type: 'string' } },
    ),
  }),
});

function object(required: Json, optional: Json = {}): Json {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Sent again under its key within 24 hours, a command is not carried out twice but gives its first answer.',
  schema: { type: 'string', pattern: String.raw`^[\x21-\x7e]{1,128}$` },
};

const lastEventId = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The `id` of the last message seen: the stream goes on after it.',
  schema: { type: 'string' },
};
