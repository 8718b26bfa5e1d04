import { cash as contract } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler, type BankMessage } from '../../platform/index.ts';

const MESSAGES_MAX = 100;

interface Prepared {
  readonly fresh: readonly BankMessage[];
  readonly more: boolean;
}

/**
 * What the bank tells is kept first and acknowledged afterwards, by the next look: a crash in between makes the bank tell it again, and its own
 * reference makes that one message. Booking is a job of each message, so that one that fails holds up no other.
 */
export const receiveBankMessagesHandler = handler(contract.receiveBankMessages, {
  async prepare({ ports, read }): Promise<Prepared> {
    const told = await ports.bank.messages(MESSAGES_MAX);
    const references = [...new Set(told.map(({ bankReference }) => bankReference))];
    const rows = await read(
      (sql) => sql<{ bank_reference: string }>`SELECT bank_reference FROM bank_messages WHERE bank_reference = ANY(${references}::text[])`,
    );
    const kept = new Set(rows.map((row) => row.bank_reference));
    if (kept.size > 0) await ports.bank.acknowledge([...kept]);
    return { fresh: told.filter(({ bankReference }) => !kept.has(bankReference)), more: told.length >= MESSAGES_MAX };
  },
  async handle(ctx) {
    const { fresh, more } = ctx.prepared;
    let received = 0;
    for (const message of fresh) {
      const { bankReference, kind, reference, amount, currency, reason, bookedAt } = message;
      const id = newId();
      const rows = await ctx.sql`
        INSERT INTO bank_messages (id, bank_reference, kind, reference, amount, currency_code, reason, booked_at)
        VALUES (${id}, ${bankReference}, ${kind}, ${reference}, ${amount}, ${currency}, ${reason}, ${bookedAt}::timestamptz)
        ON CONFLICT (bank_reference) DO NOTHING RETURNING id`;
      if (rows.length === 0) continue;
      received += 1;
      ctx.emit(contract.BankMessageReceived, { aggregateId: id, payload: { messageId: id } });
    }
    ctx.note({ newValues: { received } });
    return { received, more };
  },
});
