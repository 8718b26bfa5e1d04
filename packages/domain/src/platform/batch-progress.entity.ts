import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn, jsonColumn, nowColumn } from './columns.ts';

/** How far a shard of a batch has come; a run killed half-way goes on from here. */
const BatchProgressSchema = defineEntity({
  name: 'BatchProgress',
  tableName: 'batch_progress',
  properties: {
    jobName: p.text().primary(),
    shard: p.text().primary(),
    runKey: p.text().primary(),
    cursor: jsonColumn().nullable(),
    status: p.text().default('running'),
    chunks: p.integer().default(0),
    rows: p.bigint('string').defaultRaw('0'),
    startedAt: nowColumn(),
    updatedAt: nowColumn(),
    finishedAt: instantColumn().nullable(),
  },
  checks: [{ name: 'batch_progress_status_known', expression: `status = any (array['running'::text, 'done'::text])` }],
});

export class BatchProgress extends BatchProgressSchema.class {}
BatchProgressSchema.setClass(BatchProgress);
