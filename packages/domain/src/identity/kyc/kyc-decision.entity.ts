import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, idColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const statusColumn = () => p.enum(['PENDING', 'VERIFIED', 'REJECTED']).nativeEnumName('kyc_status');

const KycDecisionSchema = defineEntity({
  name: 'KycDecision',
  tableName: 'kyc_decisions',
  ...tenantPolicies('kyc_decisions', ['user', 'admin']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    previousStatus: statusColumn(),
    status: statusColumn(),
    /** Told to the investor, under their own key. */
    reasonEnc: bytesColumn().lazy().hidden(),
    decidedBy: p.text(),
    decidedAt: nowColumn(),
  },
  indexes: [{ name: 'idx_kyc_decisions_user_date', properties: ['userId', 'decidedAt'] }],
  checks: [
    { name: 'kyc_decisions_decides', expression: `status <> 'PENDING'::kyc_status` },
    { name: 'kyc_decisions_reason_enc_layout', expression: 'is_personal_ciphertext(reason_enc)' },
  ],
});

export class KycDecision extends KycDecisionSchema.class {}
KycDecisionSchema.setClass(KycDecision);
