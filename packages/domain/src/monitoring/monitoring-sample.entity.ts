import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn } from '../platform/index.ts';

const countColumn = () => p.bigint('string');

/** How large a table was at one instant, and how many rows it had taken, changed and lost since the server's counters began. */
const MonitoringSampleSchema = defineEntity({
  name: 'MonitoringSample',
  tableName: 'monitoring_samples',
  properties: {
    sampledAt: instantColumn().primary(),
    schemaname: p.text().primary(),
    tablename: p.text().primary(),
    bytes: countColumn(),
    compressedBytes: countColumn(),
    partitions: p.integer(),
    inserts: countColumn(),
    updates: countColumn(),
    deletes: countColumn(),
  },
});

export class MonitoringSample extends MonitoringSampleSchema.class {}
MonitoringSampleSchema.setClass(MonitoringSample);
