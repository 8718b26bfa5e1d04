import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, nowColumn, textsColumn, tenantPolicies } from '../platform/index.ts';
import { User } from './user.entity.ts';

const ApiKeySchema = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  ...tenantPolicies('api_keys', ['user', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').index('idx_api_keys_user_id'),
    name: p.text(),
    prefix: p.text(),
    /** base64url(SHA-256(key)), never the key. */
    keyHash: p.text().unique().hidden(),
    permissions: textsColumn(),
    createdAt: nowColumn(),
    expiresAt: instantColumn(),
    lastUsedAt: instantColumn().nullable(),
    revokedAt: instantColumn().nullable(),
  },
  checks: [
    { name: 'api_keys_expires_later', expression: 'expires_at > created_at' },
    {
      name: 'api_keys_investors_rights',
      expression: `permissions <@ array['read'::text, 'write'::text, 'trade'::text] and cardinality(permissions) > 0`,
    },
  ],
});

export class ApiKey extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKey);
