import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const MailSchema = defineEntity({
  name: 'Mail',
  tableName: 'mails',
  ...tenantPolicies('mails', ['user', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    kind: p.text(),
    /** Where it goes, when that is not the account's own address: one that is to be proven, or the one before. */
    address: p.text().nullable(),
    /** Of the token in the mail, which rests nowhere. */
    tokenHash: p.text().nullable(),
    createdAt: nowColumn(),
    expiresAt: instantColumn().nullable(),
    sentAt: instantColumn().nullable(),
    usedAt: instantColumn().nullable(),
  },
  indexes: [
    { name: 'mails_token_hash_key', expression: 'create unique index mails_token_hash_key on mails (token_hash)' },
    { name: 'idx_mails_user_date', properties: ['userId', 'createdAt'] },
    { name: 'idx_mails_date', properties: ['createdAt'] },
  ],
  checks: [
    {
      name: 'mails_kind_known',
      expression: `kind = any (array['VERIFY_EMAIL'::text, 'RESET_PASSWORD'::text, 'ADDRESS_TAKEN'::text, 'CONFIRM_EMAIL'::text, 'EMAIL_CHANGE_ASKED'::text, 'EMAIL_CHANGED'::text])`,
    },
    { name: 'mails_token_expires', expression: '(token_hash is null) = (expires_at is null)' },
  ],
});

export class Mail extends MailSchema.class {}
MailSchema.setClass(Mail);
