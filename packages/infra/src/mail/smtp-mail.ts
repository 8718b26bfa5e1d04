import type { MailSender } from '@trii/domain';
import { createTransport } from 'nodemailer';

export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://`. */
  readonly url: string;
  readonly from: string;
}

/** A server that says nothing for so long is a failure, and the mail's job comes again. */
const WAIT_MS = 10_000;

/** Through an SMTP server. A mail that comes twice carries the same Message-ID. */
export function smtpMail({ url, from }: SmtpOptions): MailSender {
  const transport = createTransport({ url, connectionTimeout: WAIT_MS, greetingTimeout: WAIT_MS, socketTimeout: WAIT_MS });
  const domain = from.split('@')[1]?.replace(/>.*$/, '') ?? 'localhost';
  return {
    async send({ id, to, subject, text }) {
      await transport.sendMail({
        from,
        to,
        subject,
        text,
        messageId: `<${id}@${domain}>`,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    },
  };
}
