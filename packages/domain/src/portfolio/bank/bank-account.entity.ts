import { defineEntity, p } from '@mikro-orm/postgresql';
import { User } from '../../identity/index.ts';
import { bytesColumn, currencyColumn, idColumn, instantColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';

/** An investor's account elsewhere. Of an erased person only that there was one is left. */
const BankAccountSchema = defineEntity({
  name: 'BankAccount',
  tableName: 'bank_accounts',
  ...tenantPolicies('bank_accounts', ['user', 'admin', 'worker', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    currencyCode: currencyColumn(),
    label: p.text().nullable(),
    numberEnc: bytesColumn().nullable(),
    numberBidx: bytesColumn().nullable(),
    lastFour: p.text().nullable(),
    bankToken: p.text().nullable(),
    createdAt: nowColumn(),
    removedAt: instantColumn().nullable(),
  },
  indexes: [],
  uniques: [
    { name: 'bank_accounts_id_user_id_unique', properties: ['id', 'userId'] },
    { name: 'idx_bank_accounts_number', properties: ['userId', 'numberBidx'], where: 'removed_at is null' },
  ],
  checks: [
    { name: 'bank_accounts_number_enc_layout', expression: 'is_personal_ciphertext(number_enc)' },
    { name: 'bank_accounts_number_bidx_layout', expression: 'octet_length(number_bidx) = 32' },
  ],
});

export class BankAccount extends BankAccountSchema.class {}
BankAccountSchema.setClass(BankAccount);
