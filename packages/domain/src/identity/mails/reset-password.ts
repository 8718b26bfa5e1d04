import { identity } from '@trii/contract';
import { type DataKey, handler, type PrepareContext, type Sql } from '../../platform/index.ts';
import { type EndedSessions, tellCache } from '../ended-sessions.ts';
import { assertHardToGuess } from '../weak-password.ts';
import { type KeyRow, wrappedOf } from '../wrapped-keys.ts';
import { tokenHashOf } from './mail-token.ts';

interface NewPassword extends EndedSessions {
  readonly passwordHash: string;
  /** Of whom a live token was mailed to: opens what they are called. */
  readonly dataKey: DataKey | undefined;
  /** @throws Failure INVALID_INPUT */
  readonly judge: (personal: readonly string[]) => void;
}

/**
 * Of two at once one wins; whoever held a session is out, and so is a key that they may have made. The password is hashed whatever the token, so
 * that time tells nothing of it. One made of the person's own words is refused, to who has a live token alone, and uses it not up.
 */
export const resetPasswordHandler = handler(identity.resetPassword, {
  prepare,
  issued: ({ dataKey }) => dataKey,
  async handle(ctx, { token }) {
    const at = ctx.clock.now();
    const { dataKey, judge, passwordHash } = ctx.prepared;
    if (dataKey !== undefined) judge(await personalWords(ctx.sql, tokenHashOf(token), at));
    const [row] = await ctx.sql<{ user_id: string; ended: string[]; revoked: string[] }>`
      SELECT user_id, ended, revoked FROM reset_password(${tokenHashOf(token)}, ${passwordHash}, ${at})`;
    if (row === undefined) return ctx.refuse('TOKEN_INVALID');
    const { user_id: entityId, ended, revoked } = row;
    ctx.prepared.tokenHashes = [...ended, ...revoked];
    const done = { endedSessions: ended.length, revokedKeys: revoked.length };
    ctx.note({ entityId, newValues: done });
    return done;
  },
  committed: ({ sessions }, ended) => tellCache(sessions, ended),
});

async function prepare(
  { ports: { passwords, vault }, read, clock }: PrepareContext,
  { token, newPassword }: { readonly token: string; readonly newPassword: string },
): Promise<NewPassword> {
  const judge = (personal: readonly string[]): void =>
    assertHardToGuess(passwords, { path: 'newPassword', password: newPassword, personal });
  judge([]);
  const [wrapped] = await read(
    (sql) => sql<KeyRow>`SELECT user_id, key_id, wrapped_key, master_key_id FROM reset_token_key(${tokenHashOf(token)}, ${clock.now()})`,
  );
  const dataKey = wrapped === undefined ? undefined : await vault.unwrap(wrapped.user_id, wrappedOf(wrapped));
  return { passwordHash: await passwords.hash(newPassword), tokenHashes: [], dataKey, judge };
}

interface WordsRow {
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
}

async function personalWords(sql: Sql, tokenHash: string, at: Date): Promise<string[]> {
  const [row] = await sql<WordsRow>`SELECT email, first_name, last_name FROM reset_token_words(${tokenHash}, ${at})`;
  return row === undefined ? [] : [row.email, row.first_name ?? '', row.last_name ?? ''];
}
