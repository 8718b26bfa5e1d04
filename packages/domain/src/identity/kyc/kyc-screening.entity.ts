import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, nowColumn, textsColumn, tenantPolicies } from '../../platform/index.ts';
import { KycSubmission } from './kyc-submission.entity.ts';

/** Not for the eyes of whom it is about. */
const KycScreeningSchema = defineEntity({
  name: 'KycScreening',
  tableName: 'kyc_screenings',
  ...tenantPolicies('kyc_screenings', ['admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid(),
    submissionId: () => p.manyToOne(KycSubmission).mapToPk().joinColumn('submission_id'),
    checkType: p.text(),
    provider: p.text(),
    outcome: p.text(),
    findings: textsColumn().defaultRaw(`'{}'::text[]`),
    screenedAt: nowColumn(),
  },
  uniques: [{ name: 'kyc_screenings_once', properties: ['userId', 'submissionId', 'checkType'] }],
  checks: [
    { name: 'kyc_screenings_check_known', expression: `check_type = any (array['IDENTITY'::text, 'SANCTIONS'::text])` },
    { name: 'kyc_screenings_outcome_known', expression: `outcome = any (array['CLEAR'::text, 'REVIEW'::text, 'MATCH'::text])` },
  ],
});

export class KycScreening extends KycScreeningSchema.class {}
KycScreeningSchema.setClass(KycScreening);
