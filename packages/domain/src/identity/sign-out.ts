import { identity } from '@trii/contract';
import { invariant } from '@trii/kernel';
import { handler, type Actor } from '../platform/index.ts';

/** Ends the session that made the call: for good in the database, then in the cache, which need not be there for that. */
export const signOutHandler = handler(identity.signOut, {
  async prepare({ actor, read }) {
    const sessionId = sessionIdOf(actor);
    // The actor carries no token; row-level security shows the row of the caller's own session, which holds its hash.
    const [session] = await read((sql) => sql<{ session_token: string }>`SELECT session_token FROM user_sessions WHERE id = ${sessionId}`);
    return session?.session_token;
  },
  async committed({ sessions }, tokenHash) {
    if (tokenHash !== undefined) await sessions.end(tokenHash);
  },
  async handle(ctx) {
    const sessionId = sessionIdOf(ctx.actor);
    const ended = await ctx.sql`UPDATE user_sessions SET is_active = false WHERE id = ${sessionId} AND is_active RETURNING id`;
    ctx.note({ entityId: sessionId });
    return { ended: ended.length > 0 };
  },
});

function sessionIdOf(actor: Actor): string {
  invariant(actor.kind === 'user', 'only a session can be ended');
  return actor.sessionId;
}
