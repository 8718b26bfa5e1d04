import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

// RFC 6238 as authenticators have it: HMAC-SHA-1, six digits, 30 seconds. A code of the step before or after counts too, for clocks that differ.
const SECRET_BYTES = 20;
const STEPS_EITHER_SIDE = 1;
const ISSUER = 'TRII';

/** 160 random bits in base32, as RFC 4226 recommends. */
export const newSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

/** What a QR code says to an authenticator. */
export const enrolmentUri = (secret: string, email: string): string => totp(secret, email).toString();

/** The step whose code that is, at that time or one step beside it; undefined for a wrong one. */
export function stepOf(secret: string, code: string, nowMs: number): number | undefined {
  const delta = totp(secret).validate({ token: code, timestamp: nowMs, window: STEPS_EITHER_SIDE });
  return delta === null ? undefined : totp(secret).counter({ timestamp: nowMs }) + delta;
}

const totp = (secret: string, label = ''): TOTP => new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret) });

const CODES = 10;
/** 120 bits, written as four groups of six base32 letters. */
const CODE_BYTES = 15;

export const newRecoveryCodes = (): string[] =>
  Array.from({ length: CODES }, () => {
    const letters = new Secret({ buffer: new Uint8Array(randomBytes(CODE_BYTES)).buffer }).base32;
    return letters.replaceAll(/.{6}(?=.)/g, '$&-');
  });

/** As people type it: without hyphens and spaces, in capitals. */
export const plainCode = (code: string): string => code.replaceAll(/[\s-]/g, '').toUpperCase();

export const recoveryCodeHash = (code: string): string => createHash('sha256').update(plainCode(code)).digest('base64url');
