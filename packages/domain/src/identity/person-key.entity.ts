import { defineEntity, p } from '@mikro-orm/postgresql';
import { bytesColumn, instantColumn, nowColumn, tenantPolicies } from '../platform/index.ts';
import { User } from './user.entity.ts';

const PersonKeySchema = defineEntity({
  name: 'PersonKey',
  tableName: 'person_keys',
  ...tenantPolicies('person_keys', ['user', 'admin', 'worker', 'definer']),
  properties: {
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').primary().deleteRule('no action').updateRule('no action'),
    keyId: p.uuid().unique(),
    /** Under the master key `master_key_id`; null once the person is erased. */
    wrappedKey: bytesColumn().nullable().lazy().hidden(),
    masterKeyId: p.text(),
    createdAt: nowColumn(),
    rewrappedAt: instantColumn().nullable(),
    destroyedAt: instantColumn().nullable(),
  },
  checks: [{ name: 'person_keys_destroyed_for_good', expression: 'destroyed_at is null or wrapped_key is null' }],
});

export class PersonKey extends PersonKeySchema.class {}
PersonKeySchema.setClass(PersonKey);
