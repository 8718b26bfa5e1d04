import { instant, newId } from '@trii/kernel';
import type { KeyVault, Sql } from '../../platform/index.ts';
import { mailToken, type MailToken } from './mail-token.ts';

/** What goes to whoever has an address, known or not. */
type QueuedKind = 'VERIFY_EMAIL' | 'RESET_PASSWORD' | 'ADDRESS_TAKEN';
/** With those of a change of address, which goes its own way (change-email.ts). */
export type MailKind = QueuedKind | 'CONFIRM_EMAIL' | 'EMAIL_CHANGE_ASKED' | 'EMAIL_CHANGED';

const HOUR_MS = 3_600_000;
/** How long the token of a mail is good; none: the mail has no token. */
const LIFETIME_MS: Readonly<Record<QueuedKind, number | undefined>> = {
  VERIFY_EMAIL: 24 * HOUR_MS,
  RESET_PASSWORD: HOUR_MS / 2,
  ADDRESS_TAKEN: undefined,
};

export interface NewMail extends MailToken {
  readonly mailId: string;
}

/** Made in `prepare`: the vault may be the network. */
export async function newMail(vault: KeyVault): Promise<NewMail> {
  const mailId = newId();
  return { mailId, ...(await mailToken(vault, mailId)) };
}

/** Puts a mail on its way to whoever has that address; tells nobody whether anybody has. */
export async function queueMail(
  sql: Sql,
  { mailId, tokenHash }: NewMail,
  { email, kind, at }: { readonly email: string; readonly kind: QueuedKind; readonly at: Date },
): Promise<void> {
  const lifetimeMs = LIFETIME_MS[kind];
  const expiresAt = lifetimeMs === undefined ? null : instant(at.getTime() + lifetimeMs);
  await sql`SELECT queue_mail(${mailId}, ${newId()}, ${email}, ${kind}, ${lifetimeMs === undefined ? null : tokenHash}, ${at}, ${expiresAt})`;
}
