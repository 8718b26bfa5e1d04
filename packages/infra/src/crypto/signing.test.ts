import { describe, expect, test } from 'vitest';
import { auditKeys, auditSigningKey } from './signing.ts';

// RFC 8032, section 7.1, test 2: a one-byte message.
const RFC = {
  secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};
const base64url = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
const message = Buffer.from(RFC.message, 'hex');
const signature = Buffer.from(RFC.signature, 'hex');

describe('signing', () => {
  test('is Ed25519 as RFC 8032 has it', () => {
    const key = auditSigningKey(base64url(RFC.secret));
    expect(key.publicKey).toBe(base64url(RFC.publicKey));
    expect(key.sign(message).toString('hex')).toBe(RFC.signature);
  });

  test('a signature is good for its key and its text alone', () => {
    const key = auditSigningKey(base64url(RFC.secret));
    const other = auditSigningKey('A'.repeat(43));
    const keys = auditKeys([key.publicKey, other.publicKey]);
    expect(keys.verify(key.keyId, message, signature)).toBe(true);
    expect(keys.verify(other.keyId, message, signature)).toBe(false);
    expect(keys.verify(key.keyId, Buffer.from('73', 'hex'), signature)).toBe(false);
    expect(keys.verify(key.keyId, message, signature.subarray(1))).toBe(false);
    expect(auditKeys([other.publicKey]).has(key.keyId)).toBe(false);
    expect(auditKeys([other.publicKey]).verify(key.keyId, message, signature)).toBe(false);
  });

  test.each(['', 'short', 'A'.repeat(44), `${'A'.repeat(42)}=`])('"%s" is no key', (text) => {
    expect(() => auditSigningKey(text)).toThrow(/not 32 bytes/);
    expect(() => auditKeys([text])).toThrow(/not 32 bytes/);
  });
});
