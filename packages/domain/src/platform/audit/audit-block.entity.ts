import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, instantColumn } from '../columns.ts';
import { tenantPolicies } from '../policies.ts';

/** One link of a chain of audit rows: ids and digests in order, hashed over the link before, signed. Append-only. */
const AuditBlockSchema = defineEntity({
  name: 'AuditBlock',
  tableName: 'audit_blocks',
  ...tenantPolicies('audit_blocks', ['user', 'admin', 'worker']),
  readonly: true,
  properties: {
    /** The investor whose rows it links; the nil UUID for the platform's. */
    chain: p.uuid().primary(),
    /** From 1, without a gap. */
    blockNumber: p.bigint('string').primary(),
    userId: p.uuid().generated(`(nullif(chain, '00000000-0000-0000-0000-000000000000'::uuid)) stored`).nullable(),
    format: p.smallint().default(1),
    previousHash: bytesColumn(),
    rowCount: p.integer(),
    rowIds: p.array<string>().columnType('uuid[]'),
    rowTimes: p.array<string>().columnType('timestamptz[]'),
    rowDigests: p.array<string>().columnType('bytea[]'),
    firstRowAt: instantColumn(),
    lastRowAt: instantColumn(),
    closedAt: instantColumn(),
    blockHash: bytesColumn(),
    signature: bytesColumn(),
    signingKeyId: p.text(),
  },
  primaryKeys: ['chain', 'blockNumber'],
  checks: [
    {
      name: 'audit_blocks_row_count',
      expression: `row_count > 0 and cardinality(row_ids) = row_count and cardinality(row_times) = row_count and cardinality(row_digests) = row_count`,
    },
    {
      name: 'audit_blocks_lengths',
      expression: `octet_length(previous_hash) = 32 and octet_length(block_hash) = 32 and octet_length(signature) = 64`,
    },
  ],
});

export class AuditBlock extends AuditBlockSchema.class {}
AuditBlockSchema.setClass(AuditBlock);
