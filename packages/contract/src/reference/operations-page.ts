import { subscriptions } from '../contract.ts';
import type { AnyDeclaration } from '../declaration.ts';
import { errorCodes, type ErrorCode } from '../errors.ts';
import type { EventDeclaration } from '../event.ts';
import { callerOperations, commonErrors, events, ownOperations } from './declared.ts';
import { fieldRows, type FieldRow } from './field-rows.ts';
import { jsonSchema } from './json-schema.ts';
import { auditOf, httpOf, repeatOf, whoMayCall } from './words.ts';

/** `docs/reference/operations.md`: every operation, error and event of the platform, from their declarations alone. */
export function operationsPage(): string {
  return `# Operations

Generated from \`packages/contract\`: \`npm run reference\`. A test fails when it is stale. For programs: [openapi.json](../openapi.json), which a running
api serves at \`GET /openapi.json\`; for TypeScript: [@trii/client](../../packages/client/README.md).

${contents()}

## Over HTTP

- A query is \`GET /trpc/NAME?input=JSON\`, a command \`POST /trpc/NAME\` with a JSON body. The answer is \`{ "result": { "data": … } }\`.
- A session's token goes into \`Authorization: Bearer TOKEN\`, never into an address.
- A program has a key instead (\`identity.createApiKey\`, \`trii api-key create\`), which goes into the same header: some of its owner's rights for some days,
  revoked at its next call. No key may make or revoke keys, end sessions or change what its owner signs in with: that is the permission \`account\`.
- A command takes an \`Idempotency-Key\` of 1 to 128 printable ASCII characters. Sent again under its key within 24 hours it is not carried out twice, but gives its
  first answer, refusals included. The same key with another input is refused with \`IDEMPOTENCY_KEY_REUSED\`.
- A feed is a stream of server-sent events; each \`data\` line holds the output, its \`id\` is where a reconnect goes on (\`Last-Event-ID\`).
- Inputs are strict: a field that is not declared is refused, and so are a key that stands there twice, more than 32 levels, a body that is not
  \`application/json\` in UTF-8 or larger than 256 KiB. Outputs may gain fields.
- Up to 20 queries travel in one request: \`GET /trpc/A,B?batch=1&input={"0":…,"1":…}\`; commands likewise. Each is answered for itself.
- Calls draw on the limits of their session, or key, and of their address, each at its cost. \`RateLimit-Policy\` tells the limits (\`q\` tokens, back within \`w\`
  seconds), \`RateLimit\` what is left (\`r\`, all again in \`t\` seconds). A call beyond them is refused with \`RATE_LIMITED\`: \`details.retryAfterMs\`,
  header \`Retry-After\` in seconds.
- Money and quantities are decimal text, exact. Statistics are floats. Null means not known, never zero.

## Errors

What no operation needs to name, since it comes from the door and the executor: ${codeList([...new Set(callerOperations.flatMap(commonErrors))])}.

\`{ "error": { "message": …, "code": …, "data": { "error": CODE, "details": {}, "httpStatus": …, "code": …, "path": …, "requestId": … } } }\`

| code | status | meaning | the same call again |
|---|---|---|---|
${Object.keys(errorCodes)
  .map((code) => errorLine(code as ErrorCode))
  .join('\n')}

## Operations that callers reach

${callerOperations.map(operationSection).join('\n')}
## Operations that the platform runs itself

Same executor, audit and row-level security; no way to them over HTTP.

${ownOperations.map(operationSection).join('\n')}
## Events

What happened, told through the outbox: ids only, never a secret or personal data. What belongs to an investor also reaches their live feed.

| event | aggregate | payload | jobs that react |
|---|---|---|---|
${events.map(eventLine).join('\n')}
`;
}

function contents(): string {
  const link = ({ name, kind, summary }: AnyDeclaration) =>
    `| [\`${name}\`](#${name.replaceAll('.', '').toLowerCase()}) | ${kind} | ${cell(summary)} |`;
  return `| operation | kind | what it does |\n|---|---|---|\n${[...callerOperations, ...ownOperations].map(link).join('\n')}`;
}

function errorLine(code: ErrorCode): string {
  const { status, message, retry } = errorCodes[code];
  return `| \`${code}\` | ${status} | ${cell(message)} | ${retry === 'later' ? 'may succeed later' : 'ends the same way'} |`;
}

function operationSection(declaration: AnyDeclaration): string {
  const { name, kind, summary, input, output, errors, example } = declaration;
  const http = httpOf(declaration);
  return `### ${name}

${summary}

| | |
|---|---|
| kind | ${kind} |
| who may call | ${whoMayCall(declaration)} |
${http === undefined ? '' : `| over HTTP | \`${http}\` |\n`}| audit | ${auditOf(declaration)} |
| a repeat | ${repeatOf(declaration)} |
${http === undefined ? '' : `| cost | ${declaration.cost} |\n`}| errors of its own | ${errors.length === 0 ? 'none' : errors.map((code) => `\`${code}\` (${errorCodes[code].status})`).join(', ')} |

${fieldTable('Input', fieldRows(jsonSchema(input, 'input')), 'input')}
${fieldTable(kind === 'feed' ? 'Each frame' : 'Output', fieldRows(jsonSchema(output, 'output')), 'output')}
Example input:

\`\`\`json
${JSON.stringify(example, null, 2)}
\`\`\`
`;
}

function fieldTable(title: string, rows: readonly FieldRow[], io: 'input' | 'output'): string {
  if (rows.length === 0) return `${title}: \`{}\`\n`;
  const lines = rows.map(({ name, type, bounds, isRequired, meaning }) => {
    const presence = isRequired ? '' : 'optional';
    return `| \`${name}\` | ${cell(type)} | ${cell([presence, bounds].filter((part) => part !== '').join(', '))} | ${cell(meaning)} |`;
  });
  return `${title}:\n\n| field | type | ${io === 'input' ? 'bounds' : 'form'} | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

function eventLine({ name, aggregateType, payload }: EventDeclaration): string {
  const fields = fieldRows(jsonSchema(payload, 'output')).map((row) => `\`${row.name}\` (${row.type})`);
  const jobs = (subscriptions[name] ?? []).map((job) => `\`${job}\``).join(', ');
  return `| \`${name}\` | \`${aggregateType}\` | ${cell(fields.join(', '))} | ${jobs === '' ? 'none' : jobs} |`;
}

const codeList = (codes: readonly string[]): string => codes.map((code) => `\`${code}\``).join(', ');

/** A pipe would end the cell. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);
