import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, nowColumn, textsColumn, tenantPolicies } from '../platform/index.ts';
import { User } from './user.entity.ts';

const security = tenantPolicies('user_sessions', ['user', 'admin', 'definer']);
/** Who serves people may end a session; none of them brings one back. */
security.policies.push({
  name: 'ended_user_sessions',
  type: 'restrictive',
  command: 'update',
  roles: ['authenticated_user', 'admin_role'],
  using: 'is_active',
  check: 'true',
});

const UserSessionSchema = defineEntity({
  name: 'UserSession',
  tableName: 'user_sessions',
  ...security,
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').index('idx_user_sessions_user_id'),
    /** base64url(SHA-256(token)), never the token. */
    sessionToken: p.text().unique().hidden(),
    deviceInfo: p.text().nullable(),
    ipAddress: p.string().columnType('inet').nullable(),
    createdAt: nowColumn(),
    expiresAt: instantColumn(),
    isActive: p.boolean().default(true),
    permissions: textsColumn(),
    /** Written at most once a minute. */
    lastActivityAt: nowColumn(),
    idleSeconds: p.integer().default(1800),
  },
  indexes: [{ name: 'idx_user_sessions_expires', properties: ['expiresAt'] }],
  checks: [
    { name: 'user_sessions_expires_later', expression: 'expires_at > created_at' },
    { name: 'user_sessions_idle_range', expression: 'idle_seconds >= 60 and idle_seconds <= 86400' },
  ],
});

export class UserSession extends UserSessionSchema.class {}
UserSessionSchema.setClass(UserSession);
