import { createHash, randomBytes } from 'node:crypto';
import type { Tokens } from '@trii/domain';

const TOKEN_BYTES = 32;

export const sessionTokens: Tokens = {
  issue: () => randomBytes(TOKEN_BYTES).toString('base64url'),
  hash: (token) => createHash('sha256').update(token).digest('base64url'),
};
