import { z } from 'zod';
import { command, system } from '../declaration.ts';
import { Id } from '../fields.ts';

export const tellKycDecision = command('notifications.tellKycDecision', {
  summary: 'Tell an investor, in their language, that their verification was decided. The reason stays where it is encrypted.',
  input: z.strictObject({ userId: Id, decisionId: Id, status: z.enum(['VERIFIED', 'REJECTED']) }),
  output: z.object({ notificationId: Id }),
  access: system,
  audit: { entityType: 'NOTIFICATION', action: 'CREATE' },
  example: {
    userId: '00000000-0000-7000-8000-000000000001',
    decisionId: '00000000-0000-7000-8000-000000000002',
    status: 'VERIFIED',
  },
});

export const tellAccruals = command('notifications.tellAccruals', {
  summary: 'Tell investors, each in their language, of interest that came and of advisory fees that were taken.',
  input: z.strictObject({ transactionIds: z.array(Id).min(1).max(1_000) }),
  output: z.object({ notifications: z.int() }),
  access: system,
  audit: { entityType: 'NOTIFICATION', action: 'CREATE' },
  example: { transactionIds: ['00000000-0000-7000-8000-000000000003'] },
});
