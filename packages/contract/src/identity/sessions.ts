import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { Id, Instant } from '../fields.ts';

const AUDIT = { entityType: 'SESSION', action: 'UPDATE' } as const;

export const sessions = query('identity.sessions', {
  summary: 'Where the investor is signed in now, the newest first, at most 100.',
  input: z.strictObject({}),
  output: z.object({
    items: z.array(
      z.object({
        id: Id,
        deviceInfo: z.string().nullable().describe('As the client named itself when it signed in.'),
        ipAddress: z.string().nullable(),
        createdAt: Instant,
        lastActivityAt: Instant.describe('Up to a minute and a half late.'),
        expiresAt: Instant,
        isCurrent: z.boolean().describe('The session that asks.'),
      }),
    ),
  }),
  access: scope('account'),
  example: {},
});

export const endSession = command('identity.endSession', {
  summary: 'End one of the own sessions: its next call is refused, wherever it comes in.',
  input: z.strictObject({ sessionId: Id }),
  output: z.object({ ended: z.boolean() }),
  access: scope('account'),
  errors: ['NOT_FOUND'],
  stepUp: true,
  audit: { ...AUDIT, idField: 'sessionId' },
  example: { sessionId: '00000000-0000-7000-8000-000000000001' },
});

export const endAllSessions = command('identity.endAllSessions', {
  summary: 'End the own sessions: all others, or all.',
  input: z.strictObject({ which: z.enum(['others', 'all']) }),
  output: z.object({ ended: z.int() }),
  access: scope('account'),
  stepUp: true,
  audit: AUDIT,
  example: { which: 'others' },
});
