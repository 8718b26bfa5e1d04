import { createHash } from 'node:crypto';
import { type AuditSigningKey, auditSigningKey } from '@trii/infra';

/** A real Ed25519 key for tests, the same for the same name. */
export const testAuditKey = (name = 'test'): AuditSigningKey => auditSigningKey(createHash('sha256').update(name).digest('base64url'));
