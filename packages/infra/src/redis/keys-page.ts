import { z } from 'zod';
import { type StreamKey, streamKeys, type ValueKey, valueKeys } from './keys.ts';

/** docs/reference/redis.md, so that nobody has to keep a second list. */
export function keysPage(): string {
  return `${[
    '# Redis',
    '',
    'Generated from `packages/infra/src/redis/keys.ts`: `npm run reference`. A test fails when it is stale. Money is a decimal string; `…_pct` and',
    '`…_percentage` are percent; instants are epoch milliseconds. Why it is so: [ADR 0017](../adr/0017-read-cache.md).',
    '',
    '## Values',
    '',
    'In the Redis of `REDIS_CACHE_URL`. Each may vanish at any moment. A value of another `schema_version`, of an epoch that has ended or of another shape is a miss.',
    '',
    '| key | lives | version | written by | read by | dropped by |',
    '|---|---|---|---|---|---|',
    ...valueKeys.map(valueRow),
    '',
    ...valueKeys.flatMap(({ pattern, value }) => [`\`${pattern}\` holds: ${fieldsOf(value)}.`, '']),
    '## Streams',
    '',
    'In the Redis of `REDIS_QUEUE_URL`, which evicts nothing. Entries are flat text: ids and figures, no personal data.',
    '',
    '| stream | entries kept, about | goes when idle for | written by | read by | entry |',
    '|---|---|---|---|---|---|',
    ...streamKeys.map(streamRow),
    '',
    '## Beside them',
    '',
    '| key | what |',
    '|---|---|',
    '| `cache:epoch:{family}` | the epoch of a family of values; a new one makes a miss of them all |',
    '| `cache:lease:{key}` | held for at most two seconds by the one that loads that value |',
    '| `cache:limit:{session or address}:{id}` | the tokens left of a rate limit; lives until it would be full again |',
    "| `trii:…` (`QUEUE_PREFIX`) | BullMQ's own, in the Redis of the queues |",
  ].join('\n')}\n`;
}

const valueRow = ({ pattern, ttlMs, version, writer, reader, dropped }: ValueKey): string =>
  `| \`${pattern}\` | ${duration(ttlMs)} | ${version} | ${writer} | ${reader} | ${dropped} |`;

const streamRow = ({ pattern, maxLength, idleMs, writer, reader, entry }: StreamKey): string =>
  `| \`${pattern}\` | ${maxLength.toLocaleString('en-US')} | ${idleMs === null ? 'never' : duration(idleMs)} | ${writer} | ${reader} | ${fieldsOf(entry)} |`;

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['s', 1_000],
] as const;

function duration(ms: number): string {
  const [unit, size] = units.find(([, of]) => ms % of === 0) ?? (['ms', 1] as const);
  return `${ms / size} ${unit}`;
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

const fieldsOf = (schema: z.ZodType): string => namesOf(z.toJSONSchema(schema) as Shape).join(', ');

/** `positions (instrument_id, …)` for what is nested. */
function namesOf({ properties = {} }: Shape): string[] {
  return Object.entries(properties).map(([name, shape]) => {
    const inner = [shape, shape.items, ...(shape.anyOf ?? [])].find((one) => one?.properties !== undefined);
    return inner === undefined ? `\`${name}\`` : `\`${name}\` (${namesOf(inner).join(', ')})`;
  });
}
