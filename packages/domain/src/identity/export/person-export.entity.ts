import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const PersonExportSchema = defineEntity({
  name: 'PersonExport',
  tableName: 'person_exports',
  ...tenantPolicies('person_exports', ['user', 'admin', 'worker']),
  properties: {
    /** Of its blob too. */
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    bytes: p.bigint('string'),
    sha256: p.text(),
    files: p.integer(),
    rowCount: p.bigint('string'),
    createdAt: nowColumn(),
    expiresAt: instantColumn(),
  },
  indexes: [
    { name: 'idx_person_exports_user_date', properties: ['userId', 'createdAt'] },
    { name: 'idx_person_exports_expires', properties: ['expiresAt'] },
  ],
  checks: [{ name: 'person_exports_expires_later', expression: 'expires_at > created_at' }],
});

export class PersonExport extends PersonExportSchema.class {}
PersonExportSchema.setClass(PersonExport);
