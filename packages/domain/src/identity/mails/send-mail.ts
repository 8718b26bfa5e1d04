import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { mailText } from './mail-text.ts';
import { mailToken } from './mail-token.ts';
import type { MailKind } from './queue-mail.ts';

interface DueRow {
  readonly email: string;
  readonly kind: MailKind;
}

/** Sends first and marks it after: a mail may come twice, with the same token, and is never lost. */
export const sendMailHandler = handler(identity.sendMail, {
  async prepare({ ports, clock, read }, { mailId }) {
    const [due] = await read((sql) => sql<DueRow>`SELECT email, kind FROM mail_to_send(${mailId}, ${clock.now()})`);
    if (due === undefined) return false;
    const { token } = await mailToken(ports.vault, mailId);
    await ports.mail.send({ id: mailId, to: due.email, ...mailText(due.kind, token) });
    return true;
  },
  async handle(ctx, { mailId }) {
    if (ctx.prepared) await ctx.sql`SELECT mark_mail_sent(${mailId}, ${ctx.clock.now()})`;
    return { sent: ctx.prepared };
  },
});
