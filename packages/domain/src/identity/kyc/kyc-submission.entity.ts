import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const KycSubmissionSchema = defineEntity({
  name: 'KycSubmission',
  tableName: 'kyc_submissions',
  ...tenantPolicies('kyc_submissions', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    documentIds: p.array<string>().columnType('uuid[]'),
    submittedAt: nowColumn(),
    /** What answered it; open until then, and nobody has two open. */
    decisionId: p.uuid().nullable(),
  },
  uniques: [
    { name: 'kyc_submissions_owner_unique', properties: ['id', 'userId'] },
    { name: 'idx_kyc_submissions_open_user', properties: ['userId'], where: 'decision_id is null' },
  ],
  indexes: [
    { name: 'idx_kyc_submissions_open_date', properties: ['submittedAt', 'id'], where: 'decision_id is null' },
    { name: 'idx_kyc_submissions_user_date', properties: ['userId', 'submittedAt'] },
  ],
});

export class KycSubmission extends KycSubmissionSchema.class {}
KycSubmissionSchema.setClass(KycSubmission);
