import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { tellCache } from './ended-sessions.ts';

type Outcome = 'erased' | 'gone' | 'holds' | 'unknown';

/** Sessions live for a day; whoever has more than this many is no person. */
const SESSIONS_MAX = 1000;

/**
 * Erases a person: the data key, every ciphertext under it, the address and the sessions. Rows of ledger and audit stay as they are; personal
 * values in the audit are ciphertext under the key that is gone.
 */
export const erasePersonHandler = handler(identity.erasePerson, {
  async prepare({ read }, { userId }) {
    const tokens = await read(
      (sql) => sql<{ session_token: string }>`
        SELECT session_token FROM user_sessions WHERE user_id = ${userId} AND expires_at > now() ORDER BY created_at DESC LIMIT ${SESSIONS_MAX}`,
    );
    return tokens.map(({ session_token: tokenHash }) => tokenHash);
  },
  async handle(ctx, { userId }) {
    const [row] = await ctx.sql<{ outcome: Outcome }>`SELECT erase_person(${userId}) AS outcome`;
    if (row?.outcome === 'holds') return ctx.refuse('PERSON_HOLDS_ASSETS');
    if (row === undefined || row.outcome === 'unknown') return ctx.refuse('NOT_FOUND');
    const isNew = row.outcome === 'erased';
    if (isNew) await ctx.sql`SELECT erase_kyc(${userId})`;
    if (isNew) ctx.emit(identity.PersonErased, { aggregateId: userId, userId, payload: { userId } });
    ctx.note({ newValues: { isNew } });
    return { userId, isNew };
  },
  // One that begins in between, the cache believes for a second at most, and for reads alone.
  committed: ({ sessions }, tokenHashes) => tellCache(sessions, { tokenHashes }),
});
