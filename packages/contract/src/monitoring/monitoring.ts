import { z } from 'zod';
import { command, operator, query, system } from '../declaration.ts';
import { Instant, PageLimit } from '../fields.ts';

const Count = z.int().min(0);
const Bytes = Count.describe('Bytes on disk, with indexes and overflow storage.');
/** Enough for a picture of a year; more says nothing new on one line. */
export const GROWTH_POINTS_MAX = 60;

const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: Count.describe('How many there are; `items` has the first of them.') });

export const TableSizeView = z.object({
  schema: z.string(),
  table: z.string(),
  bytes: Bytes,
  compressedBytes: Bytes.describe('The part of them that is compressed (columnstore); 0 on native partitions.'),
  partitions: Count.describe('Partitions or chunks; 0 for a plain table.'),
  inserts: Count.describe("Rows inserted since the server's counters began."),
  updates: Count,
  deletes: Count,
});

export const tableSizes = query('monitoring.tableSizes', {
  summary: 'Tables by size, the largest first: partitions, chunks and compressed data count with their table.',
  input: z.strictObject({ limit: PageLimit }),
  output: listOf(TableSizeView),
  access: operator('operate'),
  example: {},
});

/** `hidden`: the platform was not granted the right to see it (docs/OPERATIONS.md). */
export const ConnectionsVisibility = z.enum(['all', 'hidden']);

export const ConnectionView = z.object({
  login: z.string(),
  application: z.string(),
  clientAddress: z.string().nullable(),
  state: z.string().describe('As PostgreSQL has it, such as "active" or "idle in transaction"; "hidden" without the right to see it.'),
  connections: Count,
  longestInStateSeconds: z.number().nullable(),
  longestTransactionSeconds: z.number().nullable(),
});

export const connections = query('monitoring.connections', {
  summary: 'Connections to this database by login, application, address and state, the most first.',
  input: z.strictObject({ limit: PageLimit }),
  output: listOf(ConnectionView).extend({ visibility: ConnectionsVisibility }),
  access: operator('operate'),
  example: {},
});

/** `missing`: the extension pg_stat_statements is not there; `not_loaded`: it is, but the server was started without its library. */
export const StatementsVisibility = z.enum(['all', 'hidden', 'missing', 'not_loaded']);

export const SlowQueryView = z.object({
  query: z.string().describe('Constants replaced by $1, $2 …; the first 2,000 characters.'),
  role: z.string().nullable(),
  calls: Count,
  meanMs: z.number(),
  totalMs: z.number(),
  rows: Count,
  hitPercent: z.number().nullable().describe('Percent of pages found in memory; null where none was read.'),
});

export const slowQueries = query('monitoring.slowQueries', {
  summary: 'Statements of this database by the time they took, the slowest first.',
  input: z.strictObject({ orderBy: z.enum(['mean', 'total']).default('mean'), limit: z.int().min(1).max(100).default(10) }),
  output: listOf(SlowQueryView).extend({ visibility: StatementsVisibility }),
  access: operator('operate'),
  example: {},
});

export const TableGrowthView = z.object({
  schema: z.string(),
  table: z.string(),
  bytesBefore: Bytes,
  bytesAfter: Bytes,
  bytesGrown: z.int(),
  inserts: Count.nullable().describe("Rows in between; null where the server's counters began anew."),
  updates: Count.nullable(),
  deletes: Count.nullable(),
  history: z.array(Bytes).describe(`The size at evenly spaced samples of the span, at most ${GROWTH_POINTS_MAX}, and at its end.`),
});

export const growth = query('monitoring.growth', {
  summary: 'How tables grew between the samples nearest to two instants, the most grown first. Without `to`, until this moment.',
  input: z.strictObject({
    from: Instant.optional().describe('The last sample at or before it, else the first one after; a week ago when left out.'),
    to: Instant.optional(),
    limit: PageLimit,
  }),
  output: listOf(TableGrowthView).extend({
    from: Instant.nullable().describe('Of the sample that was taken; null where there are no two to compare.'),
    to: Instant.nullable(),
  }),
  access: operator('operate'),
  example: {},
});

export const SampleView = z.object({ sampledAt: Instant, tables: Count, bytes: Bytes });

export const sample = command('monitoring.sample', {
  summary: 'Take a sample of all table sizes now; within a minute of the last one, that one stands.',
  input: z.strictObject({}),
  output: SampleView,
  access: operator('operate'),
  audit: { entityType: 'MONITORING_SAMPLE', action: 'CREATE' },
  example: {},
});

export const sampleDue = query('monitoring.sampleDue', {
  summary: 'Whether no sample was taken yet on this day (UTC).',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const sampleDaily = command('monitoring.sampleDaily', {
  summary: "Take the day's sample of all table sizes, and let go of samples that are too old.",
  input: z.strictObject({}),
  output: SampleView,
  access: system,
  audit: { entityType: 'MONITORING_SAMPLE', action: 'CREATE' },
  replay: 'none',
  example: {},
});
