import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { AuditKeys, AuditSigner } from '@trii/domain';
import { CodedError } from '@trii/kernel';

const KEY_BYTES = 32;
/** What stands before a bare Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export interface AuditSigningKey extends AuditSigner {
  /** What verifies its signatures: 32 bytes as base64url, no secret. */
  readonly publicKey: string;
}

/** The signer of audit blocks from its secret: 32 random bytes as base64url. The same secret gives the same key. */
export function auditSigningKey(secret: string): AuditSigningKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8, bytesOf(secret, 'AUDIT_SIGNING_KEY')]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicBytes = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return {
    keyId: keyIdOf(publicBytes),
    publicKey: publicBytes.toString('base64url'),
    sign: (text) => sign(null, text, privateKey),
  };
}

/**
 * The public keys that an export may be signed by: today's and those before it.
 * @throws CodedError KEY_INVALID for a text that is no key
 */
export function auditKeys(publicKeys: readonly string[]): AuditKeys {
  const keys = new Map<string, KeyObject>();
  for (const text of publicKeys) {
    const bytes = bytesOf(text, 'a public key');
    keys.set(keyIdOf(bytes), createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' }));
  }
  return {
    has: (keyId) => keys.has(keyId),
    verify: (keyId, text, signature) => {
      const key = keys.get(keyId);
      return key !== undefined && verify(null, text, key, signature);
    },
  };
}

/** Short, and bound to the key: the beginning of its SHA-256. */
const keyIdOf = (publicBytes: Buffer): string => createHash('sha256').update(publicBytes).digest('hex').slice(0, 16);

function bytesOf(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === KEY_BYTES && /^[\w-]{43}$/.test(text)) return bytes;
  throw new CodedError('KEY_INVALID', `${what} is not 32 bytes in base64url (43 letters, digits, - and _).`);
}
