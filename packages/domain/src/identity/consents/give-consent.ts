import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler, userIdOf } from '../../platform/index.ts';
import { consentDocuments } from './documents.ts';
import { findConsents } from './find-consents.ts';

/** One word on one document, kept for ever: yes to its current version alone, no to whatever was accepted. */
export const giveConsentHandler = handler(identity.giveConsent, {
  prepare: ({ origin }) => Promise.resolve(origin),
  async handle(ctx, { document, version, isAccepted }) {
    const userId = userIdOf(ctx.actor);
    const current = consentDocuments.find((one) => one.document === document);
    if (current === undefined || version > current.version || (isAccepted && version !== current.version))
      return ctx.refuse('CONSENT_OUTDATED', { version: current?.version ?? 0 });
    if (current.isRequired && !isAccepted) return ctx.refuse('CONSENT_REQUIRED');
    const { ipAddress, userAgent } = ctx.prepared;
    const id = newId();
    await ctx.sql`INSERT INTO consents (id, user_id, document, version, is_accepted, ip_address, user_agent, given_at)
      VALUES (${id}, ${userId}, ${document}, ${version}, ${isAccepted}, ${ipAddress}, ${userAgent}, ${ctx.clock.now()})`;
    ctx.note({ entityId: id, newValues: { document, version, isAccepted } });
    return findConsents(ctx.sql, userId);
  },
});
