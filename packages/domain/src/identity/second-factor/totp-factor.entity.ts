import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, instantColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const TotpFactorSchema = defineEntity({
  name: 'TotpFactor',
  tableName: 'totp_factors',
  ...tenantPolicies('totp_factors', ['user', 'definer']),
  properties: {
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').primary().deleteRule('no action').updateRule('no action'),
    /** Base32, under the person's data key. */
    secretEnc: bytesColumn().hidden(),
    createdAt: nowColumn(),
    confirmedAt: instantColumn().nullable(),
    /** Of the last code that counted: it and those before it count no more. */
    lastUsedStep: p.bigint('string').nullable(),
    failedAttempts: p.integer().default(0),
    lastFailedAt: instantColumn().nullable(),
  },
  checks: [
    { name: 'totp_factors_secret_enc_layout', expression: 'is_personal_ciphertext(secret_enc)' },
    { name: 'totp_factors_failed_not_negative', expression: 'failed_attempts >= 0' },
  ],
});

export class TotpFactor extends TotpFactorSchema.class {}
TotpFactorSchema.setClass(TotpFactor);
