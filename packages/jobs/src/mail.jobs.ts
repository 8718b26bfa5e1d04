import { identity } from '@trii/contract';
import { systemHandlers } from '@trii/domain';
import { job } from './job.ts';

/** A mail server may be away for an hour; what then still waits is driven again by an operator. */
export const sendMail = job({
  name: 'send-mail',
  on: identity.MailDue,
  queue: 'dispatch',
  attempts: 10,
  backoff: { type: 'exponential', delayMs: 5_000 },
  run: (call, payload) => call.run(systemHandlers.identity.sendMail, payload),
});
