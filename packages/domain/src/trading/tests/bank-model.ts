import type { Currency } from './money-rates.ts';
import { SMALLEST } from './money-rates.ts';

/** What payments through the bank should do, said a second time; the books that they move are the caller's. */
export interface ModelledPayment {
  readonly at: 0 | 1;
  readonly direction: 'DEPOSIT' | 'WITHDRAWAL';
  readonly currency: Currency;
  amount: bigint;
  status: 'PENDING' | 'SENDING' | 'SENT' | 'SETTLED' | 'REJECTED' | 'RETURNED' | 'CANCELLED';
  /** Index of the ledger entry that booked it. */
  entry: number | null;
}

export interface ModelledMessage {
  readonly payment: number;
  readonly kind: 'SETTLED' | 'REJECTED' | 'RETURNED';
  readonly amount: bigint;
  status: 'RECEIVED' | 'WAITING' | 'APPLIED' | 'UNMATCHED' | 'DISMISSED';
  isAssigned: boolean;
}

export interface ModelledPlan {
  readonly at: 0 | 1;
  readonly currency: Currency;
  readonly amount: bigint;
  /** Days since 1970. */
  readonly startsOn: number;
  nextOn: number;
}

export interface Books {
  available(payment: ModelledPayment): bigint;
  /** Kept for a withdrawal; released when it ends without leaving. */
  hold(payment: ModelledPayment): void;
  release(payment: ModelledPayment): void;
  /** @returns the index of its entry */
  book(payment: ModelledPayment): number;
  takeBack(payment: ModelledPayment): void;
}

/** Of a payment, and of all of an investor's in one direction and currency; yen are not paid through the bank. */
export const PAYMENT_MAX = 400_000_000_000n;
export const DAY_MAX = 3_000_000_000_000n;
const WEEK_DAYS = 7;

type Refused = { readonly refused: string };

export function bankModel(books: Books) {
  const payments: ModelledPayment[] = [];
  const messages: ModelledMessage[] = [];
  const plans: ModelledPlan[] = [];

  function ask(wanted: Pick<ModelledPayment, 'at' | 'direction' | 'currency' | 'amount'>): Refused | null {
    const { direction, currency, amount } = wanted;
    if (amount % SMALLEST[currency] !== 0n) return { refused: 'INVALID_INPUT' };
    // No account can be linked either.
    if (currency === 'JPY') return { refused: direction === 'DEPOSIT' ? 'CURRENCY_NOT_SERVED' : 'NOT_FOUND' };
    const counts = (each: ModelledPayment) =>
      each.direction === direction && each.currency === currency && each.status !== 'REJECTED' && each.status !== 'CANCELLED';
    const used = payments.filter(counts).reduce((sum, each) => sum + each.amount, 0n);
    if (amount > PAYMENT_MAX || used + amount > DAY_MAX) return { refused: 'LIMIT_EXCEEDED' };
    const payment: ModelledPayment = { ...wanted, status: 'PENDING', entry: null };
    if (direction === 'WITHDRAWAL') {
      if (books.available(payment) < amount) return { refused: 'INSUFFICIENT_CASH' };
      books.hold(payment);
    }
    payments.push(payment);
    return null;
  }

  function end(payment: ModelledPayment, status: 'REJECTED' | 'CANCELLED'): void {
    if (payment.direction === 'WITHDRAWAL') books.release(payment);
    payment.status = status;
  }

  function cancel(index: number): Refused | null {
    const payment = payments[index];
    if (payment === undefined) return { refused: 'NOT_FOUND' };
    if (payment.status !== 'PENDING') return { refused: 'PAYMENT_ALREADY_SENT' };
    end(payment, 'CANCELLED');
    return null;
  }

  function send(index: number, answer: 'accepted' | 'refused' | 'away'): Refused | { readonly status: string } {
    const payment = payments[index];
    if (payment === undefined) return { refused: 'NOT_FOUND' };
    if (payment.status !== 'PENDING' && payment.status !== 'SENDING') return { status: payment.status };
    payment.status = 'SENDING';
    if (answer === 'away') return { refused: 'UNAVAILABLE' };
    if (answer === 'refused') end(payment, 'REJECTED');
    else payment.status = 'SENT';
    return { status: payment.status };
  }

  /** Books what a message says, or tells why not. */
  function judge(message: ModelledMessage): string {
    const payment = payments[message.payment];
    if (payment === undefined) return 'UNKNOWN_REFERENCE';
    const { direction, status } = payment;
    const isFree = message.isAssigned && direction === 'DEPOSIT' && message.kind === 'SETTLED';
    if (!isFree && message.amount !== payment.amount) return 'AMOUNT_DIFFERS';
    if (status === 'REJECTED' || status === 'RETURNED' || status === 'CANCELLED') return `ALREADY_${status}`;
    if (message.kind === 'RETURNED') {
      if (status !== 'SETTLED') return 'NOT_SETTLED_YET';
      if (direction === 'DEPOSIT' && books.available(payment) < message.amount) return 'INSUFFICIENT_CASH';
      books.takeBack(payment);
      payment.status = 'RETURNED';
      return 'APPLIED';
    }
    if (status === 'SETTLED') return 'ALREADY_SETTLED';
    if (message.kind === 'REJECTED') end(payment, 'REJECTED');
    else {
      payment.amount = message.amount;
      payment.entry = books.book(payment);
      payment.status = 'SETTLED';
    }
    return 'APPLIED';
  }

  /** Everything that lies there, and what that wakes, in the order in which it came. @returns how each ended */
  function work(): string {
    const outcomes: string[] = [];
    for (;;) {
      const fresh = messages.filter(({ status }) => status === 'RECEIVED');
      if (fresh.length === 0) return outcomes.join(' ');
      for (const message of fresh) {
        const outcome = judge(message);
        outcomes.push(outcome);
        message.status = outcome === 'APPLIED' ? 'APPLIED' : outcome === 'NOT_SETTLED_YET' ? 'WAITING' : 'UNMATCHED';
        if (outcome !== 'APPLIED') continue;
        const waiting = messages.filter(({ payment, status }) => payment === message.payment && status === 'WAITING');
        for (const each of waiting) each.status = 'RECEIVED';
      }
    }
  }

  return {
    payments,
    messages,
    plans,
    ask,
    cancel,
    send,
    /** The bank says it, however often: once is what counts. */
    say(payment: number, kind: ModelledMessage['kind'], amount: bigint): string {
      messages.push({ payment, kind, amount, status: 'RECEIVED', isAssigned: false });
      return work();
    },
    resolve(index: number, action: 'retry' | 'assign' | 'dismiss'): Refused | { readonly told: string } {
      const message = messages[index];
      if (message === undefined) return { refused: 'NOT_FOUND' };
      if (message.status !== 'UNMATCHED' && message.status !== 'WAITING') return { refused: 'MESSAGE_NOT_OPEN' };
      message.status = action === 'dismiss' ? 'DISMISSED' : 'RECEIVED';
      if (action === 'assign') message.isAssigned = true;
      return { told: work() };
    },
    plan: (at: 0 | 1, { currency, amount, today }: { readonly currency: Currency; readonly amount: bigint; readonly today: number }) => {
      plans.push({ at, currency, amount, startsOn: today, nextOn: today });
    },
    /** Each plan whose day has come announces one deposit, and days that nobody was there for are made up for by it. */
    runPlans(today: number): void {
      const due = plans.filter(({ nextOn }) => nextOn <= today).toSorted((a, b) => a.nextOn - b.nextOn);
      for (const plan of due) {
        ask({ at: plan.at, direction: 'DEPOSIT', currency: plan.currency, amount: plan.amount });
        plan.nextOn = plan.startsOn + (Math.floor((today - plan.startsOn) / WEEK_DAYS) + 1) * WEEK_DAYS;
      }
    },
  };
}
