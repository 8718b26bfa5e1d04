import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_codes',
  ...tenantPolicies('recovery_codes', ['user', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').index('idx_recovery_codes_user_id'),
    /** base64url(SHA-256(code)), never the code. */
    codeHash: p.text().hidden(),
    createdAt: nowColumn(),
    usedAt: instantColumn().nullable(),
  },
  uniques: [{ name: 'recovery_codes_once', properties: ['userId', 'codeHash'] }],
});

export class RecoveryCode extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCode);
