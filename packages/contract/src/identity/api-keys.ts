import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { Id, Instant, Name } from '../fields.ts';

const ApiKeyPermission = z.enum(['read', 'write', 'trade']);
const AUDIT = { entityType: 'API_KEY' } as const;

export const createApiKey = command('identity.createApiKey', {
  summary: 'Make a key for a program: it may what is named here and nothing of the account itself, for so many days. Shown once.',
  input: z.strictObject({
    name: Name.describe('What the owner knows it by.'),
    permissions: z.array(ApiKeyPermission).min(1).max(3).describe('At most what the session itself may do.'),
    expiresInDays: z.int().min(1).max(366).default(90),
  }),
  output: z.object({
    id: Id,
    key: z.string().describe('Goes into the header `Authorization: Bearer …`; stored nowhere but with the caller.'),
    prefix: z.string(),
    permissions: z.array(ApiKeyPermission),
    expiresAt: Instant,
  }),
  access: scope('account'),
  stepUp: true,
  errors: ['FORBIDDEN', 'TOO_MANY_API_KEYS'],
  audit: { ...AUDIT, action: 'CREATE' },
  replay: 'none',
  example: { name: 'nightly report', permissions: ['read'] },
});

export const listApiKeys = query('identity.listApiKeys', {
  summary: "The investor's keys for programs, the newest first, at most 100.",
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        id: Id,
        name: z.string(),
        prefix: z.string().describe('How the key begins.'),
        permissions: z.array(ApiKeyPermission),
        createdAt: Instant,
        expiresAt: Instant,
        lastUsedAt: Instant.nullable().describe('Up to a minute and a half late.'),
        state: z.enum(['ACTIVE', 'EXPIRED', 'REVOKED']),
      }),
    ),
  }),
  access: scope('account'),
  example: {},
});

export const revokeApiKey = command('identity.revokeApiKey', {
  summary: 'End a key for good: its next call is refused, wherever it comes in.',
  input: z.strictObject({ keyId: Id }),
  output: z.object({ revoked: z.boolean().describe('False: it was revoked before.') }),
  access: scope('account'),
  errors: ['NOT_FOUND'],
  audit: { ...AUDIT, action: 'UPDATE', idField: 'keyId' },
  example: { keyId: '00000000-0000-7000-8000-000000000001' },
});
