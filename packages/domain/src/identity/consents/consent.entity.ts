import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const ConsentSchema = defineEntity({
  name: 'Consent',
  tableName: 'consents',
  ...tenantPolicies('consents', ['user', 'admin', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    document: p.text(),
    version: p.integer(),
    isAccepted: p.boolean(),
    ipAddress: p.string().columnType('inet').nullable(),
    userAgent: p.text().nullable(),
    givenAt: nowColumn(),
  },
  indexes: [{ name: 'idx_consents_user_date', properties: ['userId', 'givenAt'] }],
});

export class Consent extends ConsentSchema.class {}
ConsentSchema.setClass(Consent);
