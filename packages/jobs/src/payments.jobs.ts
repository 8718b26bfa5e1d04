import { cash } from '@trii/contract';
import { systemHandlers, type Bank } from '@trii/domain';
import { newId } from '@trii/kernel';
import { job } from './job.ts';
import type { Schedule } from './schedule.ts';

const LOOK_MS = 5_000;
/** A full page each: beyond that the next look goes on. */
const PAGES_MAX = 10;

export const sendPayment = job({
  name: 'send-payment',
  on: cash.PaymentRequested,
  queue: 'payments',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, { paymentId }) => call.run(systemHandlers.cash.clearPayment, { paymentId }),
});

/** A bank may be away for a night: fourteen tries, each twice as long after the one before, take eleven hours; then an operator drives it again. */
export const instructBank = job({
  name: 'instruct-bank',
  on: cash.PaymentCleared,
  queue: 'payments',
  attempts: 14,
  backoff: { type: 'exponential', delayMs: 5_000 },
  run: (call, { paymentId }) => call.run(systemHandlers.cash.sendPayment, { paymentId }),
});

export const applyBankMessage = job({
  name: 'apply-bank-message',
  on: cash.BankMessageReceived,
  queue: 'payments',
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, { messageId }) => call.run(systemHandlers.cash.applyBankMessage, { messageId }),
});

const PLANS_LOOK_MS = 60_000;

/** No plan is due: one short read, no audit row. Days that no worker saw are made up for by one payment. */
export const plansWhenDue: Schedule = {
  name: 'run-deposit-plans',
  every: { ms: PLANS_LOOK_MS },
  run: async (call) => {
    const { due } = await call.run(systemHandlers.cash.plansDue, {});
    if (due) await call.batch(systemHandlers.cash.runDepositPlans, { runKey: newId() });
  },
};

/** The bank has nothing to say: one question to it, no audit row. */
export function bankMessagesWhenTold(bank: Pick<Bank, 'messages'>): Schedule {
  return {
    name: 'receive-bank-messages',
    every: { ms: LOOK_MS },
    run: async (call) => {
      for (let page = 0; page < PAGES_MAX; page += 1) {
        if ((await bank.messages(1)).length === 0) return;
        const { more } = await call.run(systemHandlers.cash.receiveBankMessages, {});
        if (!more) return;
      }
    },
  };
}
