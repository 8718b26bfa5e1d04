import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { KeyVault } from '../../platform/index.ts';

export interface MailToken {
  readonly token: string;
  readonly tokenHash: string;
}

/**
 * The token of a mail: an HMAC of its id, so that who asks for a mail and who sends it come to the same one, and nothing but its hash rests or
 * travels in between. The key comes from the one of the blind index, which is in no database.
 */
export async function mailToken(vault: KeyVault, mailId: string): Promise<MailToken> {
  const key = Buffer.from(hkdfSync('sha256', await vault.blindIndexKey(), '', 'trii mail tokens', 32));
  const token = createHmac('sha256', key).update(mailId).digest('base64url');
  return { token, tokenHash: tokenHashOf(token) };
}

export const tokenHashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
