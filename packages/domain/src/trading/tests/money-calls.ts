import { canonicalJson, newId } from '@trii/kernel';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { handlers, systemHandlers } from '../../handlers.ts';
import { Failure, localOrigin, systemActor } from '../../platform/index.ts';
import { currencyOf, type BankOp, type Deal, type Held, type MoneyCommand, type Which } from './money-model.ts';
import { SMALLEST, type Currency } from './money-rates.ts';
import { asDecimal } from './portfolio-model.ts';

export interface World {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
  readonly seen: Set<string>;
}

/** One investor of a simulation, with all who act on the same money. */
export interface Actor extends World {
  readonly call: CallAs;
  readonly stranger: CallAs;
  readonly operator: CallAs;
  readonly worker: CallAs;
  readonly userId: string;
  readonly portfolioIds: readonly [string, string];
  readonly symbols: readonly string[];
  readonly instrumentIds: readonly string[];
  readonly accounts: Readonly<Partial<Record<Currency, string>>>;
  /** Of each portfolio, in the order they were placed. */
  readonly holdIds: readonly [string[], string[]];
  /** The bank's own names of what it said, in that order. */
  readonly told: string[];
  readonly dateOf: (day: number) => string;
  day: number;
}

export type Got = Readonly<Record<string, string>>;

export async function tried(work: () => Promise<Got>): Promise<Got>;
export async function tried(work: () => Promise<unknown>): Promise<Got>;
export async function tried(work: () => Promise<unknown>): Promise<Got> {
  try {
    return (await work()) as Got;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { refused: error.code };
  }
}

/** As a client, an operator, a worker or the bank would do it; every third movement of money comes twice under its key, and must be answered alike. */
export const outcomeOf = (actor: Actor, command: MoneyCommand): Promise<Got> => tried(() => callOnce(actor, command));

async function callOnce(actor: Actor, command: MoneyCommand): Promise<Got> {
  const { call, portfolioIds, symbols, holdIds } = actor;
  const id = (at: Which): string => portfolioIds[at];
  switch (command.op) {
    case 'deposit':
    case 'withdraw': {
      const handler = command.op === 'deposit' ? handlers.cash.deposit : handlers.cash.withdraw;
      const money = { portfolioId: id(command.at), amount: asDecimal(command.amount), currency: command.currency };
      const { cashBalance } = await twice(actor, (key) => call(handler, money, key));
      return { cash: cashBalance };
    }
    case 'buy':
    case 'sell': {
      const view = await trade(actor, { ...command, op: command.op });
      return { cash: view.cashBalance, held: view.positionQuantity, gain: view.realizedPnl };
    }
    case 'roundTrip':
    case 'undo': {
      const before = await cashOf(actor, command);
      const { transactionId } = await trade(actor, { ...command, op: 'buy' });
      if (command.op === 'roundTrip') await trade(actor, { ...command, op: 'sell' });
      else await call(handlers.portfolio.reverseEntry, { portfolioId: id(command.at), transactionId, reason: 'undone' });
      return { lost: asDecimal(before - (await cashOf(actor, command))) };
    }
    case 'exchange':
      return exchange(actor, command);
    case 'moveCash':
    case 'moveUnits': {
      const between = { fromPortfolioId: id(command.from), toPortfolioId: id(command.from === 0 ? 1 : 0) };
      if (command.op === 'moveCash') {
        const { amount, currency } = command;
        const view = await call(handlers.cash.transfer, { ...between, amount: asDecimal(amount), currency });
        return { left: view.fromCashBalance, there: view.toCashBalance };
      }
      const moved = { ...between, symbol: symbols[command.asset] ?? '', quantity: asDecimal(command.quantity) };
      return { cost: (await call(handlers.portfolio.transferHolding, moved)).cost };
    }
    case 'reverse': {
      const [entry] = await actor.platform.inspect<{ id: string }>(
        'SELECT DISTINCT transaction_id AS id FROM postings WHERE portfolio_id = $1 ORDER BY 1 OFFSET $2 LIMIT 1',
        [id(command.at), command.entry],
      );
      const taken = { portfolioId: id(command.at), transactionId: entry?.id ?? newId(), reason: 'taken back' };
      return { cash: (await call(handlers.portfolio.reverseEntry, taken)).cashBalance };
    }
    case 'hold': {
      const wanted = { portfolioId: id(command.at), ...held(actor, command.asset), amount: asDecimal(command.amount), reason: 'kept' };
      const { id: holdId, remainingAmount } = await call(handlers.portfolio.placeHold, wanted);
      holdIds[command.at].push(holdId);
      return { remaining: remainingAmount };
    }
    case 'resize':
    case 'release': {
      const hold = { portfolioId: id(command.at), holdId: holdIds[command.at][command.hold] ?? newId() };
      const view =
        command.op === 'release'
          ? await call(handlers.portfolio.releaseHold, hold)
          : await call(handlers.portfolio.changeHold, { ...hold, amount: asDecimal(command.amount) });
      return { remaining: view.remainingAmount };
    }
    case 'announce':
    case 'request':
    case 'plan':
    case 'cancel':
    case 'send':
    case 'bankSays':
    case 'resolve':
      return callBank(actor, command);
    case 'day':
    case 'split':
    case 'dividend':
      await nextDay(actor, command);
      return {};
  }
}

const held = ({ symbols }: Actor, asset: Held): { currency: string } | { symbol: string } =>
  typeof asset === 'string' ? { currency: asset } : { symbol: symbols[asset] ?? '' };

async function twice<View>({ day }: Actor, send: (key: string) => Promise<View>): Promise<View> {
  const key = newId();
  const view = await send(key);
  if (day % 3 === 0 && canonicalJson(await send(key)) !== canonicalJson(view)) throw new Error('a repeat was answered otherwise');
  return view;
}

async function trade(
  { call, portfolioIds, symbols, day, dateOf }: Actor,
  { op, at, asset, quantity, price, fees }: Deal & { readonly op: 'buy' | 'sell'; readonly at: Which },
) {
  const terms = { quantity: asDecimal(quantity), price: asDecimal(price), fees: asDecimal(fees), date: dateOf(day) };
  const tradeType = op === 'buy' ? ('BUY' as const) : ('SELL' as const);
  return call(handlers.trading.recordTrade, { portfolioId: portfolioIds[at], symbol: symbols[asset] ?? '', tradeType, ...terms });
}

async function exchange(actor: Actor, { at, from, to, amount, asksMore }: Extract<MoneyCommand, { op: 'exchange' }>): Promise<Got> {
  const terms = { portfolioId: actor.portfolioIds[at], from, to, amount: asDecimal(amount) };
  const quoted = await tried(() => actor.call(handlers.cash.quoteExchange, terms));
  // What no quote is given for must be refused by the exchange itself, and for the same reason.
  const receives = quoted['receives'] ?? asDecimal(SMALLEST[to]);
  const atLeast = asksMore ? asDecimal(parts(receives) + SMALLEST[to]) : receives;
  const done = await tried(() => twice(actor, (key) => actor.call(handlers.cash.exchange, { ...terms, atLeast }, key)));
  if ('refused' in quoted && quoted['refused'] !== done['refused']) throw new Error(`quoted ${quoted['refused']}, done ${done['refused']}`);
  if ('refused' in done) return done;
  const { fromCashBalance = '', toCashBalance = '', spread = '', remainder = '' } = done;
  return { left: fromCashBalance, there: toCashBalance, spread, remainder };
}

/** Of a decimal with at most two digits after the point. */
const parts = (decimal: string): bigint => {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole) * 100_000_000n + BigInt(fraction.padEnd(8, '0'));
};

async function callBank(actor: Actor, command: Extract<MoneyCommand, { readonly op: BankOp }>): Promise<Got> {
  const { call, worker, platform, portfolioIds, accounts } = actor;
  switch (command.op) {
    case 'announce':
    case 'request':
    case 'plan': {
      const bankAccountId = accounts[command.currency];
      const money = { portfolioId: portfolioIds[command.at], amount: asDecimal(command.amount), currency: command.currency };
      if (command.op === 'announce') return { status: (await call(handlers.cash.announceDeposit, money)).status };
      if (command.op === 'request') {
        const wanted = { ...money, bankAccountId: bankAccountId ?? newId() };
        return { status: (await call(handlers.cash.requestWithdrawal, wanted)).status };
      }
      const days = { every: 'WEEKLY' as const, startsOn: actor.dateOf(actor.day) };
      await call(handlers.cash.planDeposit, { ...money, ...days, ...(bankAccountId === undefined ? {} : { bankAccountId }) });
      return {};
    }
    case 'cancel': {
      const { id: paymentId, portfolioId } = await paymentOf(actor, command.payment);
      return { status: (await call(handlers.cash.cancelPayment, { portfolioId, paymentId })).status };
    }
    case 'send': {
      const { id: paymentId } = await paymentOf(actor, command.payment);
      const { answer } = command;
      platform.bank.answers(
        answer === 'away' ? answer : answer === 'accepted' ? { accepted: true } : { accepted: false, reason: 'BLOCKED' },
      );
      await worker(systemHandlers.cash.clearPayment, { paymentId });
      return { status: (await worker(systemHandlers.cash.sendPayment, { paymentId })).status };
    }
    case 'bankSays': {
      const { reference, currency } = await paymentOf(actor, command.payment);
      const message = { kind: command.kind, reference, currency, amount: asDecimal(command.amount), bankReference: newId() };
      actor.told.push(message.bankReference);
      for (let copy = 0; copy < command.copies; copy += 1) platform.bank.say(message);
      return { told: await work(actor) };
    }
    case 'resolve': {
      const [message] = await platform.inspect<{ id: string; payment_id: string }>(
        'SELECT id, payment_id FROM bank_messages WHERE bank_reference = $1',
        [actor.told[command.message]],
      );
      const messageId = message?.id ?? newId();
      const named = command.action === 'assign' && message !== undefined ? { paymentId: message.payment_id } : {};
      const action = command.action === 'dismiss' ? ('dismiss' as const) : ('retry' as const);
      await actor.operator(handlers.cash.resolveBankMessage, { messageId, action, ...named });
      return { told: await work(actor) };
    }
  }
}

interface Named {
  readonly id: string;
  readonly portfolioId: string;
  readonly reference: string;
  readonly currency: string;
}

async function paymentOf({ platform, userId }: Actor, index: number): Promise<Named> {
  const [row] = await platform.inspect<Named>(
    'SELECT id, portfolio_id AS "portfolioId", reference, currency_code AS currency FROM payments WHERE user_id = $1 ORDER BY id OFFSET $2 LIMIT 1',
    [userId, index],
  );
  return row ?? { id: newId(), portfolioId: newId(), reference: 'none', currency: 'USD' };
}

/** What the bank has to say is taken in, twice as workers do, and booked. @returns how each message ended */
async function work({ worker, platform }: Actor): Promise<string> {
  await worker(systemHandlers.cash.receiveBankMessages, {});
  await worker(systemHandlers.cash.receiveBankMessages, {});
  const outcomes: string[] = [];
  for (;;) {
    const fresh = await platform.inspect<{ id: string }>(`SELECT id FROM bank_messages WHERE status = 'RECEIVED' ORDER BY id`);
    if (fresh.length === 0) return outcomes.join(' ');
    for (const { id: messageId } of fresh) {
      const { status, problem } = await worker(systemHandlers.cash.applyBankMessage, { messageId });
      outcomes.push(problem ?? status);
    }
  }
}

/** Parts of what is available of the currency that an asset trades in. */
async function cashOf({ platform, portfolioIds }: Actor, { at, asset }: { readonly at: Which; readonly asset: number }): Promise<bigint> {
  const [row] = await platform.inspect<{ cash: string }>(
    `SELECT (CASE WHEN base_currency = $2 THEN cash_balance ELSE COALESCE((SELECT balance FROM cash_balances WHERE portfolio_id = id AND currency_code = $2), 0) END
       * 100000000)::bigint::text AS cash FROM portfolios WHERE id = $1`,
    [portfolioIds[at], currencyOf(asset)],
  );
  return BigInt(row?.cash ?? '0');
}

const systemCall = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

async function nextDay(actor: Actor, command: Extract<MoneyCommand, { readonly op: 'day' | 'split' | 'dividend' }>): Promise<void> {
  const { operator, platform, symbols } = actor;
  actor.day += 1;
  const exDate = actor.dateOf(actor.day);
  if (command.op !== 'day') {
    const symbol = symbols[command.asset] ?? '';
    const terms =
      command.op === 'split'
        ? { kind: 'SPLIT' as const, ratioFrom: Number(command.from), ratioTo: Number(command.to) }
        : { kind: 'DIVIDEND' as const, amount: asDecimal(command.amount), withholdingPct: 15 };
    await operator(handlers.market.recordAction, { symbol, exDate, ...terms });
  }
  await operator(handlers.platform.setValuationDate, { date: exDate });
  if (command.op !== 'day') {
    const { runKey, shards, through } = await platform.executor.run(systemHandlers.portfolio.dispatchActions, systemCall({}));
    await platform.inspect(`UPDATE deliveries SET status = 'done', done_at = now() WHERE job_name = 'apply-actions' AND status <> 'done'`);
    for (const shard of shards) {
      const { blocked } = await platform.executor.batch(systemHandlers.portfolio.applyActions, systemCall({ shard, runKey, through }));
      if (blocked > 0) throw new Error('an action was held up');
    }
  }
  if ((await actor.worker(systemHandlers.cash.plansDue, {})).due)
    await platform.executor.batch(systemHandlers.cash.runDepositPlans, systemCall({ runKey: newId() }));
}
