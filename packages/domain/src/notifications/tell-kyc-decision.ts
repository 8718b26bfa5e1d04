import { notifications } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { languageOf } from './language.ts';
import { kycDecided } from './texts.ts';

/** Runs once for each decision: the delivery is done in this very transaction. */
export const tellKycDecisionHandler = handler(notifications.tellKycDecision, async (ctx, { userId, decisionId, status }) => {
  const { title, message } = kycDecided[status][await languageOf(ctx.sql, userId)];
  const notificationId = newId();
  await ctx.sql`INSERT INTO notifications (id, user_id, type, title, message, metadata, priority, created_at)
    VALUES (${notificationId}, ${userId}, 'KYC', ${title}, ${message}, ${JSON.stringify({ decisionId, status })}::jsonb, 'HIGH', ${ctx.clock.now()})`;
  ctx.note({ entityId: notificationId, newValues: { userId, decisionId } });
  return { notificationId };
});
