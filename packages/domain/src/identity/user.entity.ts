import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, dateColumn, idColumn, instantColumn, jsonColumn, nowColumn, textsColumn, tenantPolicies } from '../platform/index.ts';

const incomeColumn = () => p.decimal('string').precision(20).scale(2).nullable().lazy();

/** Each holds nothing but what encrypt_pii gives. */
const ciphertexts = ['first_name_enc', 'last_name_enc', 'phone_enc', 'birth_date_enc', 'kyc_documents_enc', 'income_range_enc'];

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  ...tenantPolicies('users', ['user', 'admin', 'definer'], 'id'),
  properties: {
    id: idColumn(),
    email: p.text(),
    // Lazy: no serving role may select it, so an ordinary find must not ask for it. Neither may one select what follows marked so.
    passwordHash: p.text().lazy().hidden(),
    firstName: p.text().nullable().lazy().hidden(),
    lastName: p.text().nullable().lazy().hidden(),
    phone: p.text().nullable().lazy().hidden(),
    birthDate: dateColumn().nullable().lazy().hidden(),
    kycDocuments: jsonColumn().nullable().lazy().hidden(),
    kycStatus: p.enum(['PENDING', 'VERIFIED', 'REJECTED']).nativeEnumName('kyc_status').default('PENDING'),
    riskProfile: p.enum(['CONSERVATIVE', 'MODERATE', 'AGGRESSIVE']).nativeEnumName('risk_profile').nullable(),
    investmentExperienceYears: p.decimal('string').precision(4).scale(1).nullable(),
    incomeRangeMin: incomeColumn(),
    incomeRangeMax: incomeColumn(),
    countryCode: p.character().length(2).nullable(),
    timezone: p.text().default('UTC'),
    isActive: p.boolean().default(true),
    emailVerified: p.boolean().default(false),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
    lastLoginAt: instantColumn().nullable(),
    phoneEnc: bytesColumn().nullable().lazy().hidden(),
    birthDateEnc: bytesColumn().nullable().lazy().hidden(),
    kycDocumentsEnc: bytesColumn().nullable().lazy().hidden(),
    incomeRangeEnc: bytesColumn().nullable().lazy().hidden(),
    firstNameEnc: bytesColumn().nullable().lazy().hidden(),
    lastNameEnc: bytesColumn().nullable().lazy().hidden(),
    phoneBidx: bytesColumn().nullable().lazy().hidden(),
    operatorScopes: textsColumn().defaultRaw(`'{}'::text[]`),
    suspendedAt: instantColumn().nullable(),
  },
  indexes: [
    { name: 'users_email_key', expression: 'create unique index users_email_key on users (lower(email))' },
    { name: 'idx_users_kyc_status', properties: ['kycStatus'], where: `kyc_status = 'PENDING'::kyc_status` },
    { name: 'idx_users_phone_bidx', properties: ['phoneBidx'], where: 'phone_bidx is not null' },
  ],
  checks: [
    {
      name: 'users_no_plain_pii',
      expression:
        'phone is null and birth_date is null and kyc_documents is null and income_range_min is null and income_range_max is null and first_name is null and last_name is null',
    },
    ...ciphertexts.map((column) => ({ name: `users_${column}_layout`, expression: `is_personal_ciphertext(${column})` })),
    { name: 'users_phone_bidx_layout', expression: 'octet_length(phone_bidx) = 32' },
    { name: 'users_experience_not_negative', expression: 'investment_experience_years >= 0' },
  ],
});

export class User extends UserSchema.class {}
UserSchema.setClass(User);
