import { decimal, newId, toDecimalString } from '@trii/kernel';
import {
  callAs,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  expectRefusal,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor, type BankMessage } from '../../platform/index.ts';

let database: TestDatabase;
let platform: TestPlatform;
let call: CallAs;
let operator: CallAs;
let worker: CallAs;
let userId: string;
let portfolioId: string;
let bankAccountId: string;
/** A worker that is killed before this statement. */
let diesBefore: RegExp | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, {
    onStatement: ({ session, text }) => {
      if (session.role === 'worker_role' && diesBefore?.test(text) === true) throw new Error('killed');
    },
  });
  operator = callAs(platform, operatorActor());
  worker = callAs(platform, systemActor('test'));
  await operator(handlers.platform.setValuationDate, { date: '2018-01-04' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  ({ id: userId } = await createUser(database));
  call = callAs(platform, investorActor(userId));
  ({ id: portfolioId } = await createPortfolio(database, { userId }));
  await call(handlers.cash.deposit, { portfolioId, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
  ({ id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' }));
  platform.bank.answers({ accepted: true });
  diesBefore = undefined;
});

const announce = (amount: string, given: object = {}) =>
  call(handlers.cash.announceDeposit, { portfolioId, amount, currency: 'USD', ...given });
const request = (amount: string, given: object = {}) =>
  call(handlers.cash.requestWithdrawal, { portfolioId, bankAccountId, amount, currency: 'USD', ...given });
const clear = (paymentId: string) => worker(systemHandlers.cash.clearPayment, { paymentId });
const cancel = (paymentId: string) => call(handlers.cash.cancelPayment, { portfolioId, paymentId });
/** Both jobs of a payment, one after the other. */
async function send(paymentId: string) {
  await clear(paymentId);
  return worker(systemHandlers.cash.sendPayment, { paymentId });
}
const standing = async () => {
  const [row] = await platform.inspect<{ cash: string; reserved: string }>(
    'SELECT trim_scale(cash_balance)::text AS cash, trim_scale(reserved_cash)::text AS reserved FROM portfolios WHERE id = $1',
    [portfolioId],
  );
  return `${row?.cash} + ${row?.reserved}`;
};
const payment = async (id: string) => (await call(handlers.cash.payments, { portfolioId })).items.find((item) => item.id === id);

/** The bank says that; a worker takes it in and books it. @returns how each fresh message ended */
async function bankSays(message: Partial<BankMessage> & Pick<BankMessage, 'kind' | 'amount'>): Promise<string[]> {
  platform.bank.say(message);
  return receive();
}

async function receive(): Promise<string[]> {
  await worker(systemHandlers.cash.receiveBankMessages, {});
  const outcomes: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const fresh = await platform.inspect<{ id: string }>(`SELECT id FROM bank_messages WHERE status = 'RECEIVED' ORDER BY id`);
    for (const { id } of fresh) {
      const { status, problem } = await worker(systemHandlers.cash.applyBankMessage, { messageId: id });
      outcomes.push(problem ?? status);
    }
  }
  return outcomes;
}

describe('a withdrawal', () => {
  test('holds the money, goes to the bank once, and is booked when the bank says so', async () => {
    const { id, reference } = await request('400.00', { memo: 'rent' });
    expect(await standing()).toBe('600 + 400');
    expect(await send(id)).toEqual({ paymentId: id, status: 'SENT' });
    expect(platform.bank.taken.get(id)).toEqual({
      key: id,
      direction: 'WITHDRAWAL',
      reference,
      amount: '400',
      currency: 'USD',
      accountToken: 'token of 3000',
    });
    expect(await standing()).toBe('600 + 400');
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '400.00' })).toEqual(['APPLIED']);
    expect(await standing()).toBe('600 + 0');
    const booked = await payment(id);
    expect(booked).toMatchObject({ status: 'SETTLED', amount: '400', memo: 'rent', bankAccountId, failure: null });
    const lines = await platform.inspect(
      'SELECT kind, account, trim_scale(amount)::text AS amount FROM postings WHERE transaction_id = $1 ORDER BY account::text',
      [booked?.transactionId],
    );
    expect(lines).toEqual([
      { kind: 'WITHDRAWAL', account: 'external', amount: '400' },
      { kind: 'WITHDRAWAL', account: 'reserved', amount: '-400' },
    ]);
    // Only the bank takes it back: an investor who could would have the money twice.
    const transactionId = booked?.transactionId ?? '';
    await expectRefusal(platform, () => call(handlers.portfolio.reverseEntry, { portfolioId, transactionId, reason: 'mine' }), {
      code: 'NOT_REVERSIBLE',
      details: { transactionId, paymentId: id },
    });
  });

  test('gives the money back when the bank refuses it, at once or later', async () => {
    platform.bank.answers({ accepted: false, reason: 'ACCOUNT_BLOCKED' });
    const { id } = await request('400.00');
    expect(await send(id)).toMatchObject({ status: 'REJECTED' });
    expect(await standing()).toBe('1000 + 0');
    expect(await payment(id)).toMatchObject({ status: 'REJECTED', failure: 'ACCOUNT_BLOCKED', transactionId: null });

    platform.bank.answers({ accepted: true });
    const later = await request('300.00');
    await send(later.id);
    expect(await bankSays({ kind: 'REJECTED', reference: later.reference, amount: '300', reason: 'ACCOUNT_UNKNOWN' })).toEqual(['APPLIED']);
    expect(await standing()).toBe('1000 + 0');
    expect(await payment(later.id)).toMatchObject({ status: 'REJECTED', failure: 'ACCOUNT_UNKNOWN' });
  });

  test('that the bank returns comes back, by the opposite of what was booked', async () => {
    const { id, reference } = await request('400.00');
    await send(id);
    await bankSays({ kind: 'SETTLED', reference, amount: '400' });
    expect(await bankSays({ kind: 'RETURNED', reference, amount: '400', reason: 'ACCOUNT_CLOSED' })).toEqual(['APPLIED']);
    expect(await standing()).toBe('1000 + 0');
    expect(await payment(id)).toMatchObject({ status: 'RETURNED', failure: 'ACCOUNT_CLOSED' });
    const { items } = await call(handlers.portfolio.activity, { portfolioId });
    expect(items[0]).toMatchObject({ kind: 'REVERSAL', cash: '400', reverses: (await payment(id))?.transactionId });
  });

  test('is booked once, however often and in whatever order the bank speaks of it', async () => {
    const { id, reference } = await request('400.00');
    // The bank's message is here before its answer to us.
    expect(await bankSays({ kind: 'RETURNED', reference, amount: '400' })).toEqual(['NOT_SETTLED_YET']);
    const settled = platform.bank.say({ kind: 'SETTLED', reference, amount: '400' });
    platform.bank.say(settled);
    expect((await receive()).toSorted()).toEqual(['APPLIED', 'APPLIED']);
    expect(await payment(id)).toMatchObject({ status: 'RETURNED' });
    expect(await standing()).toBe('1000 + 0');
    expect(await send(id)).toMatchObject({ status: 'RETURNED' });
    platform.bank.say(settled);
    expect(await receive()).toEqual([]);
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '400' })).toEqual(['ALREADY_RETURNED']);
    expect(await standing()).toBe('1000 + 0');
  });

  test('of a worker that dies between the bank and its own commit is sent again under its key, and taken once', async () => {
    const { id } = await request('400.00');
    const before = platform.bank.instructed.length;
    diesBefore = /UPDATE payments SET status = 'SENT'/;
    await expect(send(id)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await payment(id)).toMatchObject({ status: 'SENDING' });
    expect(await standing()).toBe('600 + 400');
    diesBefore = undefined;
    expect(await send(id)).toMatchObject({ status: 'SENT' });
    expect(platform.bank.instructed.slice(before).map(({ key }) => key)).toEqual([id, id]);
    expect([...platform.bank.taken.values()].filter(({ key }) => key === id)).toHaveLength(1);
    expect(await send(id)).toMatchObject({ status: 'SENT' });
    expect(platform.bank.instructed).toHaveLength(before + 2);
  });

  test('waits while the bank is away', async () => {
    platform.bank.answers('away');
    const { id } = await request('400.00');
    await expect(send(id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await payment(id)).toMatchObject({ status: 'SENDING' });
    expect(await standing()).toBe('600 + 400');
  });

  test('is cancelled while it is not on its way: the money is there again, it counts to no limit, and the bank never hears of it', async () => {
    await operator(handlers.cash.setLimit, { direction: 'WITHDRAWAL', currency: 'USD', perPayment: '400', perDay: '400' });
    const { id, reference } = await request('400.00');
    expect(await cancel(id)).toMatchObject({ id, status: 'CANCELLED', failure: null });
    expect(await standing()).toBe('1000 + 0');
    expect((await call(handlers.portfolio.holds, { portfolioId, show: 'all' })).items).toMatchObject([{ status: 'RELEASED' }]);
    expect(await send(id)).toEqual({ paymentId: id, status: 'CANCELLED' });
    expect(platform.bank.instructed.filter(({ key }) => key === id)).toEqual([]);
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '400' })).toEqual(['ALREADY_CANCELLED']);
    await request('400.00');
    await operator(handlers.cash.setLimit, { direction: 'WITHDRAWAL', currency: 'USD', perPayment: '50000', perDay: '100000' });
  });

  test('that is on its way, or another investor’s, is not cancelled', async () => {
    const { id, reference } = await request('400.00');
    const refused = async (status: string) =>
      expectRefusal(platform, () => cancel(id), { code: 'PAYMENT_ALREADY_SENT', details: { paymentId: id, status } });
    await clear(id);
    await refused('SENDING');
    await send(id);
    await refused('SENT');
    await bankSays({ kind: 'SETTLED', reference, amount: '400' });
    await refused('SETTLED');
    const pending = await request('1.00');
    const stranger = callAs(platform, investorActor((await createUser(database)).id));
    const taken = { portfolioId, paymentId: pending.id };
    await expectRefusal(platform, () => stranger(handlers.cash.cancelPayment, taken), { code: 'NOT_FOUND', details: { portfolioId } });
    const { id: own } = await createPortfolio(database, { userId });
    await expectRefusal(platform, () => call(handlers.cash.cancelPayment, { ...taken, portfolioId: own }), {
      code: 'NOT_FOUND',
      details: { paymentId: pending.id },
    });
  });

  test('is cancelled or sent, never both, whoever comes first', async () => {
    const asked: string[] = [];
    for (let n = 0; n < 12; n += 1) asked.push((await request('10.00')).id);
    const ends = await Promise.all(
      asked.map(async (id, n) => {
        const both = n % 2 === 0 ? [cancel(id), send(id)] : [send(id), cancel(id)];
        const cancelled = (await Promise.allSettled(both)).some(
          (end) => end.status === 'fulfilled' && 'reference' in end.value && end.value.status === 'CANCELLED',
        );
        return { id, cancelled };
      }),
    );
    for (const { id, cancelled } of ends) {
      expect(platform.bank.taken.has(id)).toBe(!cancelled);
      expect(await payment(id)).toMatchObject({ status: cancelled ? 'CANCELLED' : 'SENT' });
    }
    const sent = ends.filter(({ cancelled }) => !cancelled).length;
    expect(await standing()).toBe(`${1000 - 10 * sent} + ${10 * sent}`);
  });

  test('is refused where it cannot be', async () => {
    await expectRefusal(platform, () => request('1000.01'), {
      code: 'INSUFFICIENT_CASH',
      details: { amount: '1000.01', currency: 'USD', available: '1000' },
    });
    const nowhere = newId();
    await expectRefusal(platform, () => request('1.00', { bankAccountId: nowhere }), {
      code: 'NOT_FOUND',
      details: { bankAccountId: nowhere },
    });
    await expectRefusal(platform, () => request('1.00', { currency: 'EUR' }), {
      code: 'CURRENCY_MISMATCH',
      details: { currency: 'EUR', accountCurrency: 'USD' },
    });
    const held = await request('5.00');
    const [hold] = (await call(handlers.portfolio.holds, { portfolioId })).items;
    await expectRefusal(platform, () => call(handlers.portfolio.releaseHold, { portfolioId, holdId: hold?.id ?? '' }), {
      code: 'HOLD_IN_USE',
      details: { holdId: hold?.id, holder: 'PAYMENT' },
    });
    expect(held.status).toBe('PENDING');
  });
});

describe('the database itself', () => {
  const as = (role: 'authenticated_user' | 'worker_role', statement: string, id: string) =>
    database.as({ role, userId }, (client) => client.query(statement, [id]));

  test('lets an investor’s session cancel a payment and nothing else, and no session revive one that is over', async () => {
    const { id } = await request('10.00');
    const settle = `UPDATE payments SET status = 'SETTLED' WHERE id = $1`;
    await expect(as('authenticated_user', settle, id)).rejects.toMatchObject({ code: '42501' });
    await cancel(id);
    await expect(as('worker_role', `UPDATE payments SET status = 'SENDING' WHERE id = $1`, id)).rejects.toMatchObject({ code: '23514' });
  });
});

describe('a deposit', () => {
  test('is booked when the money comes, not when it is announced', async () => {
    const { id, reference } = await announce('250.00', { bankAccountId });
    await send(id);
    expect(await standing()).toBe('1000 + 0');
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '250.00' })).toEqual(['APPLIED']);
    expect(await standing()).toBe('1250 + 0');
    expect(await bankSays({ kind: 'RETURNED', reference, amount: '250.00', reason: 'NO_COVER' })).toEqual(['APPLIED']);
    expect(await standing()).toBe('1000 + 0');
  });

  test('that is returned after its money was spent waits for an operator, and nothing goes below zero', async () => {
    const { reference } = await announce('250.00');
    await bankSays({ kind: 'SETTLED', reference, amount: '250' });
    await call(handlers.cash.withdraw, { portfolioId, amount: '1200.00', currency: 'USD' });
    expect(await bankSays({ kind: 'RETURNED', reference, amount: '250' })).toEqual(['INSUFFICIENT_CASH']);
    expect(await standing()).toBe('50 + 0');
    await call(handlers.cash.deposit, { portfolioId, amount: '200.00', currency: 'USD' });
    const [open] = (await operator(handlers.cash.openBankMessages, { limit: 200 })).items.filter((item) => item.reference === reference);
    await operator(handlers.cash.resolveBankMessage, { messageId: open?.id ?? '', action: 'retry' });
    expect(await receive()).toEqual(['APPLIED']);
    expect(await standing()).toBe('0 + 0');
  });

  test('that nobody announced, or that came otherwise, is an operator’s to assign or to dismiss', async () => {
    const { id } = await announce('250.00');
    expect(await bankSays({ kind: 'SETTLED', reference: 'thanks', amount: '249.50' })).toEqual(['UNKNOWN_REFERENCE']);
    const open = async () =>
      (await operator(handlers.cash.openBankMessages, { limit: 200 })).items.filter((item) => item.reference === 'thanks');
    const [message] = await open();
    const messageId = message?.id ?? '';
    expect(message).toMatchObject({ status: 'UNMATCHED', amount: '249.5', paymentId: null });
    await operator(handlers.cash.resolveBankMessage, { messageId, action: 'retry', paymentId: id });
    expect(await receive()).toEqual(['APPLIED']);
    expect(await standing()).toBe('1249.5 + 0');
    expect(await payment(id)).toMatchObject({ status: 'SETTLED', amount: '249.5' });
    await expectRefusal(platform, () => operator(handlers.cash.resolveBankMessage, { messageId, action: 'dismiss' }), {
      code: 'MESSAGE_NOT_OPEN',
      details: { messageId, status: 'APPLIED' },
    });
    await bankSays({ kind: 'SETTLED', reference: 'thanks', amount: '1' });
    const [second] = await open();
    expect(await operator(handlers.cash.resolveBankMessage, { messageId: second?.id ?? '', action: 'dismiss' })).toMatchObject({
      status: 'DISMISSED',
    });
    expect(await open()).toEqual([]);
  });

  test('that would outgrow the books is kept, too', async () => {
    const { reference } = await announce('250.00');
    await call(handlers.cash.deposit, { portfolioId, amount: '999999998999', currency: 'USD' });
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '250' })).toEqual(['BALANCE_TOO_LARGE']);
    expect(await standing()).toBe('999999999999 + 0');
  });

  test('of another amount or currency, or into a closed portfolio, is kept', async () => {
    const { reference } = await announce('250.00');
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '249.99' })).toEqual(['AMOUNT_DIFFERS']);
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '250', currency: 'EUR' })).toEqual(['CURRENCY_DIFFERS']);
    await call(handlers.cash.withdraw, { portfolioId, amount: '1000.00', currency: 'USD' });
    await call(handlers.portfolio.close, { portfolioId });
    expect(await bankSays({ kind: 'SETTLED', reference, amount: '250' })).toEqual(['PORTFOLIO_CLOSED']);
  });
});

describe('what the bank says', () => {
  const keptOf = (reference: string) =>
    platform.inspect<{ id: string; status: string }>('SELECT id, status FROM bank_messages WHERE reference = $1', [reference]);

  test('is told again until it is kept, is kept once by however many workers, and then acknowledged', async () => {
    const { reference } = await announce('250.00');
    platform.bank.say({ kind: 'SETTLED', reference, amount: '250' });
    const take = () => worker(systemHandlers.cash.receiveBankMessages, {});
    diesBefore = /INSERT INTO bank_messages/;
    await expect(take()).rejects.toMatchObject({ code: 'INTERNAL' });
    diesBefore = undefined;
    expect(await keptOf(reference)).toEqual([]);
    const taken = await Promise.all([take(), take(), take()]);
    expect(taken.reduce((sum, { received }) => sum + received, 0)).toBe(1);
    expect(await keptOf(reference)).toHaveLength(1);
    await take();
    expect(await platform.bank.messages(100)).toEqual([]);
    expect(await receive()).toEqual(['APPLIED']);
  });

  test('is booked once by however many workers, and never when an operator ended it before', async () => {
    const apply = (messageId: string) => worker(systemHandlers.cash.applyBankMessage, { messageId });
    const { reference } = await announce('250.00');
    platform.bank.say({ kind: 'SETTLED', reference, amount: '250' });
    await worker(systemHandlers.cash.receiveBankMessages, {});
    const [booked] = await keptOf(reference);
    const ends = await Promise.all(Array.from({ length: 5 }, () => apply(booked?.id ?? '')));
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['APPLIED']));
    expect(await standing()).toBe('1250 + 0');

    const later = await request('100.00');
    expect(await bankSays({ kind: 'RETURNED', reference: later.reference, amount: '100' })).toEqual(['NOT_SETTLED_YET']);
    const [waiting] = await keptOf(later.reference);
    const messageId = waiting?.id ?? '';
    const paymentId = newId();
    await expectRefusal(platform, () => operator(handlers.cash.resolveBankMessage, { messageId, action: 'retry', paymentId }), {
      code: 'NOT_FOUND',
      details: { paymentId },
    });
    await operator(handlers.cash.resolveBankMessage, { messageId, action: 'dismiss' });
    expect(await bankSays({ kind: 'SETTLED', reference: later.reference, amount: '100' })).toEqual(['APPLIED']);
    expect(await apply(messageId)).toMatchObject({ status: 'DISMISSED' });
    expect(await standing()).toBe('1150 + 0');
  });
});

describe('limits', () => {
  test('count neither what was rejected nor the other direction nor another currency, and a payment for 24 hours', async () => {
    const limit = (perPayment: string, perDay: string) =>
      operator(handlers.cash.setLimit, { direction: 'WITHDRAWAL', currency: 'USD', perPayment, perDay });
    await expectRefusal(platform, () => limit('500', '499'), {
      code: 'INVALID_INPUT',
      details: { issues: [{ path: 'perDay', problem: 'at least the limit of one payment' }] },
    });
    await limit('500', '500');
    await announce('400.00');
    const { id: euros } = await call(handlers.cash.linkBankAccount, { currency: 'EUR', iban: 'DE75512108001245126199' });
    const { reference } = await announce('400.00', { currency: 'EUR', bankAccountId: euros });
    await bankSays({ kind: 'SETTLED', reference, amount: '400', currency: 'EUR' });
    await request('400.00', { currency: 'EUR', bankAccountId: euros });
    platform.bank.answers({ accepted: false, reason: 'ACCOUNT_BLOCKED' });
    await send((await request('500.00')).id);
    await request('500.00');
    const over = {
      code: 'LIMIT_EXCEEDED',
      details: { direction: 'WITHDRAWAL', currency: 'USD', amount: '0.01', limit: 'perDay', max: '500', used: '500' },
    } as const;
    platform.clock.advance(86_399_999);
    await expectRefusal(platform, () => request('0.01'), over);
    platform.clock.advance(1);
    expect(await request('0.01')).toMatchObject({ status: 'PENDING' });
    await limit('50000', '100000');
  });

  test('of one payment and of a day hold over all portfolios of an investor, at whatever pace they are asked', async () => {
    await operator(handlers.cash.setLimit, { direction: 'WITHDRAWAL', currency: 'USD', perPayment: '300', perDay: '500' });
    const details = { direction: 'WITHDRAWAL', currency: 'USD' };
    await expectRefusal(platform, () => request('300.01'), {
      code: 'LIMIT_EXCEEDED',
      details: { ...details, amount: '300.01', limit: 'perPayment', max: '300' },
    });
    const { id: other } = await createPortfolio(database, { userId });
    await call(handlers.cash.deposit, { portfolioId: other, amount: '1000.00', currency: 'USD', date: '2018-01-02' });
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => request('200.00', n % 2 === 0 ? {} : { portfolioId: other })),
    );
    const refused = asked.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
    expect(refused).toHaveLength(6);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'LIMIT_EXCEEDED', details: { limit: 'perDay', used: '400' } });
    platform.clock.advance(86_400_000);
    expect(await request('200.00')).toMatchObject({ status: 'PENDING' });
    await operator(handlers.cash.setLimit, { direction: 'WITHDRAWAL', currency: 'USD', perPayment: '50000', perDay: '100000' });
    await expectRefusal(platform, () => announce('1', { currency: 'CHF' }), {
      code: 'CURRENCY_NOT_SERVED',
      details: { currency: 'CHF', direction: 'DEPOSIT' },
    });
  });

  test('where the bank alone moves money nobody records their own', async () => {
    await operator(handlers.cash.setRecording, { investorsRecord: false });
    try {
      await expectRefusal(platform, () => call(handlers.cash.deposit, { portfolioId, amount: '1', currency: 'USD' }), {
        code: 'RECORDING_CLOSED',
      });
      await expectRefusal(platform, () => call(handlers.cash.withdraw, { portfolioId, amount: '1', currency: 'USD' }), {
        code: 'RECORDING_CLOSED',
      });
      expect(await announce('1')).toMatchObject({ status: 'PENDING' });
    } finally {
      await operator(handlers.cash.setRecording, { investorsRecord: true });
    }
  });
});

describe('a linked account', () => {
  test('is kept as ciphertext under its owner’s key, shown by its last four, and linked once', async () => {
    const again = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' });
    expect(again).toMatchObject({ id: bankAccountId, lastFour: '3000', currency: 'USD' });
    const rows = await platform.inspect('SELECT t::text AS row FROM bank_accounts t WHERE user_id = $1', [userId]);
    expect(rows).toHaveLength(1);
    const everything = await platform.inspect(
      `SELECT (SELECT string_agg(a::text, ' ') FROM audit_logs a) || (SELECT string_agg(i::text, ' ') FROM idempotency i) || (SELECT string_agg(o::text, ' ') FROM outbox o) AS text`,
    );
    for (const text of [JSON.stringify(rows), JSON.stringify(everything)]) expect(text).not.toContain('DE8937');
    await call(handlers.cash.unlinkBankAccount, { bankAccountId });
    expect((await call(handlers.cash.bankAccounts, {})).items).toEqual([]);
    await expectRefusal(platform, () => request('1.00'), { code: 'NOT_FOUND', details: { bankAccountId } });
  });

  test('leaves nothing that names it when its person is erased', async () => {
    await call(handlers.cash.withdraw, { portfolioId, amount: '1000.00', currency: 'USD' });
    await operator(handlers.identity.erasePerson, { userId });
    expect(
      await platform.inspect('SELECT number_enc, number_bidx, last_four, bank_token, label FROM bank_accounts WHERE user_id = $1', [
        userId,
      ]),
    ).toEqual([{ number_enc: null, number_bidx: null, last_four: null, bank_token: null, label: null }]);
  });
});

test('after all of it balances follow from the postings, and money came and went only through the bank’s word', async () => {
  const batch = { actor: systemActor('test'), origin: localOrigin(newId()), input: { runKey: newId() } };
  expect(await platform.executor.batch(systemHandlers.portfolio.checkLedger, batch)).toMatchObject({ differences: 0 });
  const [sums] = await platform.inspect<{ booked: string; paid: string }>(
    `SELECT (SELECT sum(l.amount) FROM postings l JOIN payments p ON l.transaction_id IN (p.transaction_id, p.return_transaction_id) WHERE l.account = 'external') AS booked,
       (SELECT sum(CASE WHEN direction = 'DEPOSIT' THEN -amount ELSE amount END) FROM payments WHERE status = 'SETTLED') AS paid`,
  );
  expect(toDecimalString(decimal(sums?.booked ?? 0))).toBe(toDecimalString(decimal(sums?.paid ?? 0)));
});
