import { createHash } from 'node:crypto';
import { auditKeys, type AuditSigningKey, auditSigningKey } from '@trii/infra';

/** A real Ed25519 key for tests, the same for the same name. */
export const testAuditKey = (name = 'test'): AuditSigningKey => auditSigningKey(createHash('sha256').update(name).digest('base64url'));

/** The public halves of such keys. */
export const testAuditKeys = (...names: readonly string[]): ReturnType<typeof auditKeys> =>
  auditKeys(names.map((name) => testAuditKey(name).publicKey));
