import type { MailSender, OutgoingMail } from '@trii/domain';

export interface FakeMail extends MailSender {
  readonly sent: readonly OutgoingMail[];
}

/** Keeps what was sent. */
export function fakeMail(): FakeMail {
  const sent: OutgoingMail[] = [];
  return {
    sent,
    send: (mail) => {
      sent.push(mail);
      return Promise.resolve();
    },
  };
}
