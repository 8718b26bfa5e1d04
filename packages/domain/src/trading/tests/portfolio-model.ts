/**
 * What a portfolio should do, said a second time: whole numbers of 10^-8, no decimal library, no calendar, no code of ours. It knows the first
 * five months of 2018 in New York and nothing else.
 */
export interface Trade {
  readonly kind: 'BUY' | 'SELL';
  readonly symbol: string;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly fees: bigint;
  readonly date: string;
}

export interface CashMovement {
  readonly kind: 'DEPOSIT' | 'WITHDRAWAL';
  readonly amount: bigint;
  readonly date: string;
}

export type ModelCommand = Trade | CashMovement;
export type ModelOutcome = { readonly cash: bigint; readonly held?: bigint; readonly gain?: bigint } | { readonly refused: string };

export interface PortfolioModel {
  readonly cash: bigint;
  readonly gain: bigint;
  readonly positions: ReadonlyMap<string, { readonly quantity: bigint; readonly cost: bigint }>;
  apply(command: ModelCommand): ModelOutcome;
}

const OPENED_ON = '2018-01-02';
const VALUED_AT = '2018-05-25';
/** New Year, Martin Luther King Jr., Washington, Good Friday: https://www.nyse.com/markets/hours-calendars for 2018. */
const HOLIDAYS = ['2018-01-01', '2018-01-15', '2018-02-19', '2018-03-30'];
const PARTS = 100_000_000n;
const CENT = 1_000_000n;

/** Of two non-negative numbers; a tie goes to the even neighbour. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const down = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice === divisor) return down + (down % 2n);
  return twice > divisor ? down + 1n : down;
}

const trades = (date: string): boolean => ![0, 6].includes(new Date(`${date}T12:00:00Z`).getUTCDay()) && !HOLIDAYS.includes(date);

export function portfolioModel(): PortfolioModel {
  const positions = new Map<string, { quantity: bigint; cost: bigint }>();
  let [cash, gain, lastDate] = [0n, 0n, ''];

  function refusedDate(date: string): string | undefined {
    if (date > VALUED_AT) return 'DATE_IN_FUTURE';
    if (date < OPENED_ON) return 'DATE_BEFORE_OPENING';
    return date < lastDate ? 'DATE_OUT_OF_ORDER' : undefined;
  }

  function move({ kind, amount, date }: CashMovement): ModelOutcome {
    const after = kind === 'DEPOSIT' ? cash + amount : cash - amount;
    if (after < 0n) return { refused: 'INSUFFICIENT_CASH' };
    cash = after;
    lastDate = date;
    return { cash };
  }

  function deal({ kind, symbol, quantity, price, fees, date }: Trade): ModelOutcome {
    if (!trades(date)) return { refused: 'NOT_A_SESSION' };
    const gross = divideHalfEven(quantity * price, PARTS * CENT) * CENT;
    if (gross === 0n) return { refused: 'INVALID_INPUT' };
    const held = positions.get(symbol) ?? { quantity: 0n, cost: 0n };
    if (kind === 'SELL' && quantity > held.quantity) return { refused: 'INSUFFICIENT_QUANTITY' };
    const after = kind === 'BUY' ? cash - gross - fees : cash + gross - fees;
    if (after < 0n) return { refused: 'INSUFFICIENT_CASH' };
    let won = 0n;
    if (kind === 'BUY') {
      positions.set(symbol, { quantity: held.quantity + quantity, cost: held.cost + gross + fees });
    } else {
      const removed = quantity === held.quantity ? held.cost : divideHalfEven(held.cost * quantity, held.quantity);
      won = gross - fees - removed;
      positions.set(symbol, { quantity: held.quantity - quantity, cost: held.cost - removed });
    }
    [cash, gain, lastDate] = [after, gain + won, date];
    return { cash, held: positions.get(symbol)?.quantity ?? 0n, gain: won };
  }

  return {
    get cash() {
      return cash;
    },
    get gain() {
      return gain;
    },
    positions,
    apply(command) {
      const refused = refusedDate(command.date);
      if (refused !== undefined) return { refused };
      return 'symbol' in command ? deal(command) : move(command);
    },
  };
}

/** As PostgreSQL prints numeric(…,8). */
export function asNumeric(parts: bigint): string {
  const size = parts < 0n ? -parts : parts;
  return `${parts < 0n ? '-' : ''}${size / PARTS}.${String(size % PARTS).padStart(8, '0')}`;
}

/** As the wire has it: no zeros at the end. */
export const asDecimal = (parts: bigint): string => asNumeric(parts).replace(/\.?0+$/, '');
