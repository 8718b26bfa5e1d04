import { Secret, TOTP } from 'otpauth';

/** What an authenticator shows at that time. */
export const codeOf = (secret: string, at: Date): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() });
