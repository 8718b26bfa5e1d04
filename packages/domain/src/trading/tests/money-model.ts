import { bankModel, type ModelledPayment } from './bank-model.ts';
import { exchanged, hasRates, inBase, rateOn, SMALLEST, type Currency } from './money-rates.ts';
import { divideHalfEven } from './portfolio-model.ts';

/**
 * What two portfolios of one investor should do, said a second time: whole numbers of 10^-8, no decimal library and no code of ours. Everything happens on
 * the session of the day; `day` counts sessions.
 */
export type Which = 0 | 1;
/** What a hold is of: an instrument by its number, or money. */
export type Held = number | Currency;

export interface Deal {
  readonly asset: number;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly fees: bigint;
}

export type MoneyCommand =
  | { readonly op: 'deposit' | 'withdraw'; readonly at: Which; readonly amount: bigint; readonly currency: Currency }
  | (Deal & { readonly op: 'buy' | 'sell' | 'roundTrip' | 'undo'; readonly at: Which })
  | { readonly op: 'moveCash'; readonly from: Which; readonly amount: bigint; readonly currency: Currency }
  | { readonly op: 'moveUnits'; readonly from: Which; readonly asset: number; readonly quantity: bigint }
  /** For what a quote says, or for one smallest unit more than that. */
  | {
      readonly op: 'exchange';
      readonly at: Which;
      readonly from: Currency;
      readonly to: Currency;
      readonly amount: bigint;
      readonly asksMore: boolean;
    }
  /** Takes back the n-th ledger transaction of the portfolio. */
  | { readonly op: 'reverse'; readonly at: Which; readonly entry: number }
  | { readonly op: 'hold'; readonly at: Which; readonly asset: Held; readonly amount: bigint }
  | { readonly op: 'resize'; readonly at: Which; readonly hold: number; readonly amount: bigint }
  | { readonly op: 'release'; readonly at: Which; readonly hold: number }
  | { readonly op: 'announce' | 'request' | 'plan'; readonly at: Which; readonly amount: bigint; readonly currency: Currency }
  | { readonly op: 'cancel'; readonly payment: number }
  | { readonly op: 'send'; readonly payment: number; readonly answer: 'accepted' | 'refused' | 'away' }
  | {
      readonly op: 'bankSays';
      readonly payment: number;
      readonly kind: 'SETTLED' | 'REJECTED' | 'RETURNED';
      readonly amount: bigint;
      readonly copies: number;
    }
  | { readonly op: 'resolve'; readonly message: number; readonly action: 'retry' | 'assign' | 'dismiss' }
  /** The next day begins; with one of these, an instrument trades after it from then on. */
  | { readonly op: 'day' }
  | { readonly op: 'split'; readonly asset: number; readonly from: bigint; readonly to: bigint }
  | { readonly op: 'dividend'; readonly asset: number; readonly amount: bigint };

export type MoneyOutcome = Readonly<Record<string, bigint | string>>;

interface Entry {
  readonly kind: string;
  readonly asset: number | null;
  readonly cash: bigint;
  readonly currency: Currency;
  /** What came in of another currency for it. */
  readonly other?: { readonly currency: Currency; readonly cash: bigint };
  readonly units: bigint;
  readonly cost: bigint;
  readonly gain: bigint;
  /** The bank's word alone takes it back. */
  readonly isBanked: boolean;
  isReversed: boolean;
}

interface Position {
  held: bigint;
  reserved: bigint;
  cost: bigint;
}

type Purse = Record<Currency, bigint>;

export interface ModelledPortfolio {
  readonly cash: Purse;
  readonly reserved: Purse;
  gain: bigint;
  readonly positions: Map<number, Position>;
  readonly entries: Entry[];
  readonly holds: { readonly asset: Held; amount: bigint; isActive: boolean }[];
}

const PARTS = 100_000_000n;
const CENT = 1_000_000n;
const REVERSIBLE = ['DEPOSIT', 'WITHDRAWAL', 'BUY', 'SELL', 'EXCHANGE'];
/** 15 % of every dividend stays at the source. */
const TAX = 15n;
const WHOLE_RATE = 10n ** 18n;

export const ASSETS = 3;
/** The last one trades in euros, in books that are kept in dollars. */
export const currencyOf = (asset: number): Currency => (asset === ASSETS - 1 ? 'EUR' : 'USD');

/** Close of an instrument: what a reinvested dividend buys at. */
export const closeOf = (asset: number, day: number): bigint => BigInt(1_003 + asset * 517 + day * 7) * CENT;
const toCents = (product: bigint): bigint => divideHalfEven(product, PARTS * CENT) * CENT;

/** @param dates of the sessions, in days since 1970: what recurring deposits go by */
export function moneyModel(dates: readonly number[]) {
  const purse = (): Purse => ({ USD: 0n, EUR: 0n, JPY: 0n });
  const portfolio = (): ModelledPortfolio => ({ cash: purse(), reserved: purse(), gain: 0n, positions: new Map(), entries: [], holds: [] });
  const portfolios = [portfolio(), portfolio()] as const;
  let day = 0;
  const today = (): number => dates[day] ?? 0;

  const bank = bankModel({
    available: ({ at, currency }) => portfolios[at].cash[currency],
    hold: (payment) => keep(payment, payment.amount),
    release: (payment) => keep(payment, -payment.amount),
    book({ at, direction, currency, amount }) {
      const to = portfolios[at];
      if (direction === 'WITHDRAWAL') to.reserved[currency] -= amount;
      enter(to, direction, { currency, cash: direction === 'DEPOSIT' ? amount : 0n, isBanked: true });
      return to.entries.length - 1;
    },
    takeBack({ at, direction, currency, amount, entry }) {
      const booked = portfolios[at].entries[entry ?? -1];
      if (booked !== undefined) booked.isReversed = true;
      enter(portfolios[at], 'REVERSAL', { currency, cash: direction === 'DEPOSIT' ? -amount : amount });
    },
  });

  const keep = ({ at, currency }: ModelledPayment, amount: bigint): void => void reserve(portfolios[at], currency, amount);

  const positionOf = ({ positions }: ModelledPortfolio, asset: number): Position => {
    const position = positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n };
    positions.set(asset, position);
    return position;
  };
  const costOf = ({ held, reserved, cost }: Position, quantity: bigint): bigint =>
    quantity === held + reserved ? cost : divideHalfEven(cost * quantity, held + reserved);

  function enter(to: ModelledPortfolio, kind: string, change: Partial<Omit<Entry, 'kind' | 'isReversed'>>): void {
    const { asset = null, cash = 0n, currency = 'USD', other, units = 0n, cost = 0n, gain = 0n, isBanked = false } = change;
    to.cash[currency] += cash;
    if (other !== undefined) to.cash[other.currency] += other.cash;
    to.gain += gain;
    if (asset !== null) {
      const position = positionOf(to, asset);
      position.held += units;
      position.cost += cost;
    }
    const entry = { kind, asset, cash, currency, units, cost, gain, isBanked, isReversed: false };
    to.entries.push(other === undefined ? entry : { ...entry, other });
  }

  function move(at: ModelledPortfolio, isIn: boolean, { amount, currency }: { amount: bigint; currency: Currency }): MoneyOutcome {
    if (amount % SMALLEST[currency] !== 0n) return { refused: 'INVALID_INPUT' };
    if (!isIn && at.cash[currency] < amount) return { refused: 'INSUFFICIENT_CASH' };
    // Recorded, it must have a value, however old the rate; what the bank brings is there in any case.
    if (isIn && currency !== 'USD' && day === 0) return { refused: 'FX_RATE_MISSING' };
    enter(at, isIn ? 'DEPOSIT' : 'WITHDRAWAL', { currency, cash: isIn ? amount : -amount });
    return { cash: at.cash[currency] };
  }

  /** Of one currency in another, or why there is none; a currency is always worth itself. */
  function rate(from: Currency, to: Currency): bigint | { readonly refused: string } {
    if (from === to) return WHOLE_RATE;
    if (hasRates(day)) return rateOn(day, from, to);
    return { refused: day === 0 ? 'FX_RATE_MISSING' : 'FX_RATE_STALE' };
  }

  function deal(at: ModelledPortfolio, op: 'buy' | 'sell', { asset, quantity, price, fees }: Deal): MoneyOutcome {
    const currency = currencyOf(asset);
    const baseRate = rate(currency, 'USD');
    if (typeof baseRate !== 'bigint') return baseRate;
    const gross = toCents(quantity * price);
    if (gross === 0n) return { refused: 'INVALID_INPUT' };
    const position = at.positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n };
    if (op === 'sell' && quantity > position.held) return { refused: 'INSUFFICIENT_QUANTITY' };
    const cash = op === 'buy' ? -gross - fees : gross - fees;
    if (at.cash[currency] + cash < 0n) return { refused: 'INSUFFICIENT_CASH' };
    const [baseGross, baseFees] = [inBase(gross, baseRate), inBase(fees, baseRate)];
    const cost = op === 'buy' ? baseGross + baseFees : -costOf(position, quantity);
    const gain = op === 'buy' ? 0n : baseGross - baseFees + cost;
    enter(at, op.toUpperCase(), { asset, currency, cash, units: op === 'buy' ? quantity : -quantity, cost, gain });
    const after = positionOf(at, asset);
    return { cash: at.cash[currency], held: after.held + after.reserved, gain };
  }

  function exchange(command: Extract<MoneyCommand, { op: 'exchange' }>): MoneyOutcome {
    const { from, to, amount } = command;
    const { cash } = portfolios[command.at];
    if (amount % SMALLEST[from] !== 0n) return { refused: 'INVALID_INPUT' };
    const found = rate(from, to);
    if (typeof found !== 'bigint') return found;
    const { receives, spread, remainder } = exchanged(amount, found, to);
    if (receives === 0n) return { refused: 'INVALID_INPUT' };
    if (command.asksMore) return { refused: 'EXCHANGE_BELOW_LIMIT' };
    if (cash[from] < amount) return { refused: 'INSUFFICIENT_CASH' };
    enter(portfolios[command.at], 'EXCHANGE', { currency: from, cash: -amount, other: { currency: to, cash: receives } });
    return { left: cash[from], there: cash[to], spread, remainder };
  }

  function reverse(at: ModelledPortfolio, index: number): MoneyOutcome {
    const entry = at.entries[index];
    if (entry === undefined) return { refused: 'NOT_FOUND' };
    if (entry.isReversed) return { refused: 'ALREADY_REVERSED' };
    if (!REVERSIBLE.includes(entry.kind) || entry.isBanked) return { refused: 'NOT_REVERSIBLE' };
    const { asset, currency, other } = entry;
    const stands = (later: Entry) => later.asset === asset && later.kind !== 'REVERSAL' && !later.isReversed;
    if (asset !== null && at.entries.slice(index + 1).some(stands)) return { refused: 'NOT_REVERSIBLE' };
    if (asset !== null && positionOf(at, asset).held < entry.units) return { refused: 'INSUFFICIENT_QUANTITY' };
    if (at.cash[currency] < entry.cash) return { refused: 'INSUFFICIENT_CASH' };
    if (other !== undefined && at.cash[other.currency] < other.cash) return { refused: 'INSUFFICIENT_CASH' };
    entry.isReversed = true;
    enter(at, 'REVERSAL', {
      asset,
      currency,
      cash: -entry.cash,
      ...(other === undefined ? {} : { other: { currency: other.currency, cash: -other.cash } }),
      units: -entry.units,
      cost: -entry.cost,
      gain: -entry.gain,
    });
    return { cash: at.cash.USD };
  }

  function transfer(
    from: ModelledPortfolio,
    to: ModelledPortfolio,
    command: Extract<MoneyCommand, { op: 'moveCash' | 'moveUnits' }>,
  ): MoneyOutcome {
    if (command.op === 'moveCash') {
      const { amount, currency } = command;
      if (from.cash[currency] < amount) return { refused: 'INSUFFICIENT_CASH' };
      enter(from, 'TRANSFER', { currency, cash: -amount });
      enter(to, 'TRANSFER', { currency, cash: amount });
      return { left: from.cash[currency], there: to.cash[currency] };
    }
    const { asset, quantity } = command;
    const position = from.positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n };
    if (quantity > position.held) return { refused: 'INSUFFICIENT_QUANTITY' };
    const cost = costOf(position, quantity);
    enter(from, 'TRANSFER', { asset, units: -quantity, cost: -cost });
    enter(to, 'TRANSFER', { asset, units: quantity, cost });
    return { cost };
  }

  /** Into reserved where positive. */
  function reserve(at: ModelledPortfolio, asset: Held, amount: bigint): string | null {
    if (typeof asset === 'string') {
      if (at.cash[asset] < amount) return 'INSUFFICIENT_CASH';
      at.cash[asset] -= amount;
      at.reserved[asset] += amount;
    } else {
      if ((at.positions.get(asset)?.held ?? 0n) < amount) return 'INSUFFICIENT_QUANTITY';
      const position = positionOf(at, asset);
      position.held -= amount;
      position.reserved += amount;
    }
    enter(at, amount > 0n ? 'HOLD' : 'RELEASE', { asset: typeof asset === 'string' ? null : asset });
    return null;
  }

  function changeHold(at: ModelledPortfolio, index: number, amount: bigint): MoneyOutcome {
    const hold = at.holds[index];
    if (hold === undefined) return { refused: 'NOT_FOUND' };
    if (!hold.isActive) return { refused: 'HOLD_ENDED' };
    const refused = reserve(at, hold.asset, amount - hold.amount);
    if (refused !== null) return { refused };
    if (amount === 0n) hold.isActive = false;
    else hold.amount = amount;
    return { remaining: amount };
  }

  function split(asset: number, from: bigint, to: bigint): void {
    for (const each of portfolios) {
      const position = each.positions.get(asset);
      if (position === undefined || position.held === 0n) continue;
      const units = (position.held * to) / from;
      const gone = units === 0n ? position.cost : 0n;
      enter(each, 'SPLIT', { asset, units: units - position.held, cost: -gone, gain: -gone });
    }
  }

  /** The second portfolio buys more units of it; what they cost is booked by the newest rate, however old. */
  function dividend(asset: number, amount: bigint): void {
    const currency = currencyOf(asset);
    for (const [which, each] of portfolios.entries()) {
      const position = each.positions.get(asset);
      const gross = position === undefined ? 0n : toCents((position.held + position.reserved) * amount);
      if (gross === 0n) continue;
      const net = gross - divideHalfEven(gross * TAX, 100n * CENT) * CENT;
      const units = which === 0 ? 0n : (net * PARTS) / closeOf(asset, day);
      const cost = inBase(net, rateOn(hasRates(day) ? day : day - 1, currency, 'USD'));
      if (units === 0n) enter(each, 'DIVIDEND', { currency, cash: net });
      else enter(each, 'DIVIDEND', { asset, units, cost });
    }
  }

  function apply(command: MoneyCommand): MoneyOutcome {
    switch (command.op) {
      case 'deposit':
      case 'withdraw':
        return move(portfolios[command.at], command.op === 'deposit', command);
      case 'buy':
      case 'sell':
        return deal(portfolios[command.at], command.op, command);
      case 'roundTrip':
      case 'undo': {
        const at = portfolios[command.at];
        const currency = currencyOf(command.asset);
        const before = at.cash[currency];
        const bought = deal(at, 'buy', command);
        if ('refused' in bought) return bought;
        const back = command.op === 'undo' ? reverse(at, at.entries.length - 1) : deal(at, 'sell', command);
        return 'refused' in back ? back : { lost: before - at.cash[currency] };
      }
      case 'exchange':
        return exchange(command);
      case 'moveCash':
      case 'moveUnits':
        return transfer(portfolios[command.from], portfolios[command.from === 0 ? 1 : 0], command);
      case 'reverse':
        return reverse(portfolios[command.at], command.entry);
      case 'hold': {
        const at = portfolios[command.at];
        const refused = reserve(at, command.asset, command.amount);
        if (refused !== null) return { refused };
        at.holds.push({ asset: command.asset, amount: command.amount, isActive: true });
        return { remaining: command.amount };
      }
      case 'resize':
        return changeHold(portfolios[command.at], command.hold, command.amount);
      case 'release':
        return changeHold(portfolios[command.at], command.hold, 0n);
      case 'announce':
      case 'request':
      case 'plan':
      case 'cancel':
      case 'send':
      case 'bankSays':
      case 'resolve':
        return applyBank(command);
      case 'day':
      case 'split':
      case 'dividend':
        day += 1;
        if (command.op === 'split') split(command.asset, command.from, command.to);
        if (command.op === 'dividend') dividend(command.asset, command.amount);
        bank.runPlans(today());
        return {};
    }
  }

  function applyBank(command: Extract<MoneyCommand, { op: BankOp }>): MoneyOutcome {
    switch (command.op) {
      case 'announce':
      case 'request':
        return bank.ask({ ...command, direction: command.op === 'announce' ? 'DEPOSIT' : 'WITHDRAWAL' }) ?? { status: 'PENDING' };
      case 'plan':
        if (command.amount % SMALLEST[command.currency] !== 0n) return { refused: 'INVALID_INPUT' };
        bank.plan(command.at, { ...command, today: today() });
        return {};
      case 'cancel':
        return bank.cancel(command.payment) ?? { status: 'CANCELLED' };
      case 'send':
        return bank.send(command.payment, command.answer);
      case 'bankSays':
        return { told: bank.say(command.payment, command.kind, command.amount) };
      case 'resolve':
        return bank.resolve(command.message, command.action);
    }
  }

  return {
    portfolios,
    bank,
    get day() {
      return day;
    },
    apply,
  };
}

export type BankOp = 'announce' | 'request' | 'plan' | 'cancel' | 'send' | 'bankSays' | 'resolve';
export type MoneyModel = ReturnType<typeof moneyModel>;
