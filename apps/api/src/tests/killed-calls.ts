import type { TriiClient } from '@trii/client';
import type { Random } from '@trii/kernel';

/** What a client was told: it must still be so when all is over. */
export interface Answer {
  readonly portfolioId: string;
  /** By its transaction, with what was left of a currency; or by the hold or the payment that it made or ended. */
  readonly transactionId?: string;
  readonly currency?: string;
  readonly cashBalance?: string;
  readonly holdId?: string;
  readonly paymentId?: string;
  readonly cancelledId?: string;
}

export interface Investor {
  readonly client: TriiClient;
  readonly portfolioIds: readonly [string, string];
  readonly bankAccountId: string;
  /** Of the payments that were answered. */
  readonly payments: { readonly portfolioId: string; readonly paymentId: string }[];
}

export type Options = { readonly context: { readonly idempotencyKey: string } };
export type Call = (options: Options) => Promise<Answer[]>;

interface Chance {
  readonly random: Random;
  readonly portfolioId: string;
  readonly other: string;
  readonly amount: string;
}

/** Anything that moves money, or payments alone. */
export function randomCall(investor: Investor, random: Random, mix: 'all' | 'payments'): Call {
  const [portfolioId, other] = random.integer(0, 1) === 0 ? investor.portfolioIds : investor.portfolioIds.toReversed();
  if (portfolioId === undefined || other === undefined) throw new Error('every investor has two portfolios');
  const chance = { random, portfolioId, other, amount: `${random.integer(1, 900)}.${random.integer(10, 99)}` };
  const kinds =
    mix === 'payments'
      ? [payment, payment, payment, cancellation]
      : [movement, movement, deal, transfer, exchange, hold, payment, payment, cancellation];
  return random.pick(kinds)(investor, chance);
}

const told = (portfolioId: string, { transactionId, cashBalance }: { transactionId: string; cashBalance: string }): Answer => ({
  portfolioId,
  transactionId,
  currency: 'USD',
  cashBalance,
});

function movement({ client }: Investor, { random, portfolioId, amount }: Chance): Call {
  const move = random.pick([client.cash.deposit, client.cash.withdraw]);
  return async (options) => [told(portfolioId, await move.mutate({ portfolioId, amount, currency: 'USD' }, options))];
}

function deal({ client }: Investor, { random, portfolioId, amount }: Chance): Call {
  const tradeType = random.pick(['BUY', 'SELL'] as const);
  const terms = { symbol: 'DEMO', tradeType, quantity: String(random.integer(1, 5)), price: amount, date: '2018-05-25' };
  return async (options) => [told(portfolioId, await client.trading.recordTrade.mutate({ portfolioId, ...terms }, options))];
}

function transfer({ client }: Investor, { portfolioId, other, amount }: Chance): Call {
  const between = { fromPortfolioId: portfolioId, toPortfolioId: other, amount, currency: 'USD' };
  return async (options) => {
    const { transactionId, fromCashBalance, toCashBalance } = await client.cash.transfer.mutate(between, options);
    return [told(portfolioId, { transactionId, cashBalance: fromCashBalance }), told(other, { transactionId, cashBalance: toCashBalance })];
  };
}

function exchange({ client }: Investor, { random, portfolioId, amount }: Chance): Call {
  const [from, to] = random.pick([
    ['USD', 'EUR'],
    ['EUR', 'USD'],
  ] as const);
  return async (options) => {
    const view = await client.cash.exchange.mutate({ portfolioId, from, to, amount, atLeast: '0.01' }, options);
    const { transactionId, fromCashBalance, toCashBalance } = view;
    return [
      { portfolioId, transactionId, currency: from, cashBalance: fromCashBalance },
      { portfolioId, transactionId, currency: to, cashBalance: toCashBalance },
    ];
  };
}

function hold({ client }: Investor, { random, portfolioId, amount }: Chance): Call {
  const wanted = { portfolioId, amount, currency: random.pick(['USD', 'USD', 'EUR']), reason: 'kept' };
  return async (options) => [{ portfolioId, holdId: (await client.portfolio.placeHold.mutate(wanted, options)).id }];
}

function payment({ client, bankAccountId, payments }: Investor, { random, portfolioId, amount }: Chance): Call {
  const ask = random.pick([client.cash.requestWithdrawal, client.cash.announceDeposit]);
  return async (options) => {
    const { id: paymentId } = await ask.mutate({ portfolioId, bankAccountId, amount, currency: 'USD' }, options);
    payments.push({ portfolioId, paymentId });
    return [{ portfolioId, paymentId }];
  };
}

/** Of the newest: older ones are at the bank long since. */
function cancellation(investor: Investor, chance: Chance): Call {
  const newest = investor.payments.at(-1);
  if (newest === undefined) return payment(investor, chance);
  return async (options) => {
    const { id: cancelledId } = await investor.client.cash.cancelPayment.mutate(newest, options);
    return [{ portfolioId: newest.portfolioId, cancelledId }];
  };
}
