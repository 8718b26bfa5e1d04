import { divideHalfEven } from './portfolio-model.ts';

/**
 * What two portfolios of one investor should do, said a second time: whole numbers of 10^-8, no decimal library and no code of ours. Everything happens on
 * the session of the day; `day` counts sessions.
 */
export type Which = 0 | 1;

export interface Deal {
  readonly asset: number;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly fees: bigint;
}

export type MoneyCommand =
  | { readonly op: 'deposit' | 'withdraw'; readonly at: Which; readonly amount: bigint }
  | (Deal & { readonly op: 'buy' | 'sell' | 'roundTrip' | 'undo'; readonly at: Which })
  | { readonly op: 'moveCash'; readonly from: Which; readonly amount: bigint }
  | { readonly op: 'moveUnits'; readonly from: Which; readonly asset: number; readonly quantity: bigint }
  /** Takes back the n-th ledger transaction of the portfolio. */
  | { readonly op: 'reverse'; readonly at: Which; readonly entry: number }
  /** Of cash where the asset is null. */
  | { readonly op: 'hold'; readonly at: Which; readonly asset: number | null; readonly amount: bigint }
  | { readonly op: 'resize'; readonly at: Which; readonly hold: number; readonly amount: bigint }
  | { readonly op: 'release'; readonly at: Which; readonly hold: number }
  /** The next day begins; with one of these, an instrument trades after it from then on. */
  | { readonly op: 'day' }
  | { readonly op: 'split'; readonly asset: number; readonly from: bigint; readonly to: bigint }
  | { readonly op: 'dividend'; readonly asset: number; readonly amount: bigint };

export type MoneyOutcome = Readonly<Record<string, bigint>> | { readonly refused: string };

interface Entry {
  readonly kind: string;
  readonly asset: number | null;
  readonly cash: bigint;
  readonly units: bigint;
  readonly cost: bigint;
  readonly gain: bigint;
  isReversed: boolean;
}

interface Position {
  held: bigint;
  reserved: bigint;
  cost: bigint;
}

export interface ModelledPortfolio {
  cash: bigint;
  reserved: bigint;
  gain: bigint;
  readonly positions: Map<number, Position>;
  readonly entries: Entry[];
  readonly holds: { readonly asset: number | null; amount: bigint; isActive: boolean }[];
}

const PARTS = 100_000_000n;
const CENT = 1_000_000n;
const REVERSIBLE = ['DEPOSIT', 'WITHDRAWAL', 'BUY', 'SELL'];
/** 15 % of every dividend stays at the source. */
const TAX = 15n;

/** Close of an instrument: what a reinvested dividend buys at. */
export const closeOf = (asset: number, day: number): bigint => BigInt(1_003 + asset * 517 + day * 7) * CENT;
const toCents = (product: bigint): bigint => divideHalfEven(product, PARTS * CENT) * CENT;

export function moneyModel() {
  const portfolio = (): ModelledPortfolio => ({ cash: 0n, reserved: 0n, gain: 0n, positions: new Map(), entries: [], holds: [] });
  const portfolios = [portfolio(), portfolio()] as const;
  let day = 0;

  const positionOf = ({ positions }: ModelledPortfolio, asset: number): Position => {
    const position = positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n };
    positions.set(asset, position);
    return position;
  };
  const costOf = ({ held, reserved, cost }: Position, quantity: bigint): bigint =>
    quantity === held + reserved ? cost : divideHalfEven(cost * quantity, held + reserved);

  function enter(to: ModelledPortfolio, kind: string, change: Partial<Omit<Entry, 'kind' | 'isReversed'>>): void {
    const { asset = null, cash = 0n, units = 0n, cost = 0n, gain = 0n } = change;
    to.cash += cash;
    to.gain += gain;
    if (asset !== null) {
      const position = positionOf(to, asset);
      position.held += units;
      position.cost += cost;
    }
    to.entries.push({ kind, asset, cash, units, cost, gain, isReversed: false });
  }

  function move(at: ModelledPortfolio, isIn: boolean, amount: bigint): MoneyOutcome {
    if (amount % CENT !== 0n) return { refused: 'INVALID_INPUT' };
    if (!isIn && at.cash < amount) return { refused: 'INSUFFICIENT_CASH' };
    enter(at, isIn ? 'DEPOSIT' : 'WITHDRAWAL', { cash: isIn ? amount : -amount });
    return { cash: at.cash };
  }

  function deal(at: ModelledPortfolio, op: 'buy' | 'sell', { asset, quantity, price, fees }: Deal): MoneyOutcome {
    const gross = toCents(quantity * price);
    if (gross === 0n) return { refused: 'INVALID_INPUT' };
    const position = at.positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n };
    if (op === 'sell' && quantity > position.held) return { refused: 'INSUFFICIENT_QUANTITY' };
    const cash = op === 'buy' ? -gross - fees : gross - fees;
    if (at.cash + cash < 0n) return { refused: 'INSUFFICIENT_CASH' };
    const cost = op === 'buy' ? -cash : -costOf(position, quantity);
    const gain = op === 'buy' ? 0n : cash + cost;
    enter(at, op.toUpperCase(), { asset, cash, units: op === 'buy' ? quantity : -quantity, cost, gain });
    const after = positionOf(at, asset);
    return { cash: at.cash, held: after.held + after.reserved, gain };
  }

  function reverse(at: ModelledPortfolio, index: number): MoneyOutcome {
    const entry = at.entries[index];
    if (entry === undefined) return { refused: 'NOT_FOUND' };
    if (entry.isReversed) return { refused: 'ALREADY_REVERSED' };
    if (!REVERSIBLE.includes(entry.kind)) return { refused: 'NOT_REVERSIBLE' };
    const { asset } = entry;
    const stands = (later: Entry) => later.asset === asset && later.kind !== 'REVERSAL' && !later.isReversed;
    if (asset !== null && at.entries.slice(index + 1).some(stands)) return { refused: 'NOT_REVERSIBLE' };
    if (asset !== null && positionOf(at, asset).held < entry.units) return { refused: 'INSUFFICIENT_QUANTITY' };
    if (at.cash < entry.cash) return { refused: 'INSUFFICIENT_CASH' };
    entry.isReversed = true;
    enter(at, 'REVERSAL', { asset, cash: -entry.cash, units: -entry.units, cost: -entry.cost, gain: -entry.gain });
    return { cash: at.cash };
  }

  function transfer(
    from: ModelledPortfolio,
    to: ModelledPortfolio,
    command: Extract<MoneyCommand, { op: 'moveCash' | 'moveUnits' }>,
  ): MoneyOutcome {
    if (command.op === 'moveCash') {
      const { amount } = command;
      if (from.cash < amount) return { refused: 'INSUFFICIENT_CASH' };
      enter(from, 'TRANSFER', { cash: -amount });
      enter(to, 'TRANSFER', { cash: amount });
      return { left: from.cash, there: to.cash };
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
  function reserve(at: ModelledPortfolio, asset: number | null, amount: bigint): string | null {
    const position = asset === null ? null : (at.positions.get(asset) ?? { held: 0n, reserved: 0n, cost: 0n });
    if ((position === null ? at.cash : position.held) < amount) return position === null ? 'INSUFFICIENT_CASH' : 'INSUFFICIENT_QUANTITY';
    if (position === null) [at.cash, at.reserved] = [at.cash - amount, at.reserved + amount];
    else [position.held, position.reserved] = [position.held - amount, position.reserved + amount];
    enter(at, amount > 0n ? 'HOLD' : 'RELEASE', { asset });
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

  /** The second portfolio buys more units of it. */
  function dividend(asset: number, amount: bigint): void {
    for (const [which, each] of portfolios.entries()) {
      const position = each.positions.get(asset);
      const gross = position === undefined ? 0n : toCents((position.held + position.reserved) * amount);
      if (gross === 0n) continue;
      const net = gross - divideHalfEven(gross * TAX, 100n * CENT) * CENT;
      const units = which === 0 ? 0n : (net * PARTS) / closeOf(asset, day);
      if (units === 0n) enter(each, 'DIVIDEND', { cash: net });
      else enter(each, 'DIVIDEND', { asset, units, cost: net });
    }
  }

  function apply(command: MoneyCommand): MoneyOutcome {
    switch (command.op) {
      case 'deposit':
      case 'withdraw':
        return move(portfolios[command.at], command.op === 'deposit', command.amount);
      case 'buy':
      case 'sell':
        return deal(portfolios[command.at], command.op, command);
      case 'roundTrip':
      case 'undo': {
        const at = portfolios[command.at];
        const before = at.cash;
        const bought = deal(at, 'buy', command);
        if ('refused' in bought) return bought;
        const back = command.op === 'undo' ? reverse(at, at.entries.length - 1) : deal(at, 'sell', command);
        return 'refused' in back ? back : { lost: before - at.cash };
      }
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
      case 'day':
      case 'split':
      case 'dividend':
        day += 1;
        if (command.op === 'split') split(command.asset, command.from, command.to);
        if (command.op === 'dividend') dividend(command.asset, command.amount);
        return {};
    }
  }

  return {
    portfolios,
    get day() {
      return day;
    },
    apply,
  };
}

export type MoneyModel = ReturnType<typeof moneyModel>;
