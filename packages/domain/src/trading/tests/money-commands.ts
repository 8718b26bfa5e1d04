import { seededRandom, type Random } from '@trii/kernel';
import { ASSETS, currencyOf, moneyModel, type BankOp, type MoneyCommand, type MoneyModel, type Which } from './money-model.ts';
import { CURRENCIES, SMALLEST, type Currency } from './money-rates.ts';

const UNIT = 100_000_000n;
const CENT = 1_000_000n;

/** A random course, mostly of what the model would take: most of the books' work is there. It is data alone, so that parts of it can be left out. */
export function randomCourse(seed: number, steps: number, dates: readonly number[]): MoneyCommand[] {
  const random = seededRandom(seed);
  const model = moneyModel(dates);
  return Array.from({ length: steps }, () => {
    const command = randomCommand(random, model);
    model.apply(command);
    return command;
  });
}

type Op = MoneyCommand['op'];
const OPS: readonly (readonly [Op, number])[] = [
  ['deposit', 4],
  ['withdraw', 3],
  ['buy', 8],
  ['sell', 6],
  ['roundTrip', 2],
  ['undo', 2],
  ['exchange', 5],
  ['moveCash', 2],
  ['moveUnits', 3],
  ['reverse', 4],
  ['hold', 3],
  ['resize', 2],
  ['release', 2],
  ['announce', 2],
  ['request', 3],
  ['plan', 1],
  ['cancel', 1],
  ['send', 3],
  ['bankSays', 6],
  ['resolve', 2],
  ['day', 2],
  ['split', 1],
  ['dividend', 2],
];
const BAG = OPS.flatMap(([op, weight]) => Array.from({ length: weight }, () => op));

/** Of what is there mostly a part, sometimes all, now and then more than all. */
function partOf(random: Random, there: bigint, step: bigint): bigint {
  const wanted = (there * BigInt(random.pick([1, 7, 25, 50, 100, 100, 101, 150]))) / 100n;
  const rounded = (wanted / step) * step;
  return rounded > 0n ? rounded : step;
}

/** Mostly the currency of the books. */
const anyCurrency = (random: Random): Currency => random.pick(['USD', 'USD', 'USD', 'EUR', 'EUR', 'JPY']);

function randomCommand(random: Random, model: MoneyModel): MoneyCommand {
  const { portfolios, day } = model;
  const op = random.pick(BAG);
  const at: Which = random.integer(0, 2) === 0 ? 1 : 0;
  const asset = random.integer(0, ASSETS - 1);
  const currency = anyCurrency(random);
  const portfolio = portfolios[at];
  const { held } = portfolio.positions.get(asset) ?? { held: 0n };
  switch (op) {
    case 'deposit': {
      const amount = BigInt(random.integer(1, currency === 'USD' ? 500_000 : 50_000)) * SMALLEST[currency];
      return { op, at, currency, amount: amount + (random.integer(1, 20) === 1 ? 1n : 0n) };
    }
    case 'withdraw':
      return { op, at, currency, amount: partOf(random, portfolio.cash[currency] / 3n, SMALLEST[currency]) };
    case 'buy':
    case 'sell':
    case 'roundTrip':
    case 'undo': {
      const price = BigInt(random.integer(1, 40_000)) * (random.integer(1, 3) === 1 ? 12_345n : CENT);
      const fees = BigInt(random.integer(0, 300)) * CENT;
      const affordable = (portfolio.cash[currencyOf(asset)] * UNIT) / price / 4n;
      const quantity = op === 'sell' ? partOf(random, held, 1n) : partOf(random, affordable, random.pick([1n, UNIT / 2n, UNIT]));
      // Within what a quantity of the wire may be.
      return { op, at, asset, price, fees, quantity: quantity > 10_000_000n * UNIT ? 10_000_000n * UNIT : quantity };
    }
    case 'exchange': {
      const to = random.pick(CURRENCIES.filter((other) => other !== currency));
      const amount = random.integer(1, 12) === 1 ? SMALLEST[currency] : partOf(random, portfolio.cash[currency] / 2n, SMALLEST[currency]);
      return { op, at, from: currency, to, amount: amount + (random.integer(1, 25) === 1 ? 1n : 0n), asksMore: random.integer(1, 8) === 1 };
    }
    case 'moveCash':
      return { op, from: at, currency, amount: partOf(random, portfolio.cash[currency], SMALLEST[currency]) };
    case 'moveUnits':
      return { op, from: at, asset, quantity: partOf(random, held, 1n) };
    case 'reverse':
      return portfolio.entries.length === 0
        ? { op: 'day' }
        : { op, at, entry: Math.max(0, portfolio.entries.length - random.pick([1, 1, 2, 3, 5, 12])) };
    case 'hold':
      return random.integer(1, 2) === 1
        ? { op, at, asset: currency, amount: partOf(random, portfolio.cash[currency] / 2n, SMALLEST[currency]) }
        : { op, at, asset, amount: partOf(random, held, 1n) };
    case 'resize':
    case 'release': {
      const index = random.integer(0, Math.max(0, portfolio.holds.length - 1));
      const hold = portfolio.holds[index];
      if (hold === undefined) return { op: 'day' };
      if (op === 'release') return { op, at, hold: index };
      const amount = partOf(random, hold.amount, typeof hold.asset === 'string' ? SMALLEST[hold.asset] : 1n);
      return amount === hold.amount ? { op: 'release', at, hold: index } : { op, at, hold: index, amount };
    }
    case 'announce':
    case 'request':
    case 'plan':
    case 'cancel':
    case 'send':
    case 'bankSays':
    case 'resolve':
      return bankCommand(random, model, { op, at, currency });
    case 'split': {
      // Reserved units hold a split up until they are free again: what that leads to has a test of its own.
      const isReserved = portfolios.some((each) => (each.positions.get(asset)?.reserved ?? 0n) !== 0n);
      const [from, to] = random.pick([
        [1n, 2n],
        [1n, 7n],
        [3n, 2n],
        [10n, 1n],
        [7n, 3n],
      ] as const);
      return isReserved ? { op: 'day' } : { op, asset, from, to };
    }
    case 'dividend':
      return { op, asset, amount: BigInt(random.integer(1, 9_000_000)) * 10n };
    case 'day':
      return day > 200 ? { op: 'deposit', at, currency: 'USD', amount: CENT } : { op: 'day' };
  }
}

/** Two of three times one that is not over, if there is any: there the bank's work is. */
function anyPayment(random: Random, { bank: { payments } }: MoneyModel): number {
  const open = [...payments.keys()].filter((index) => ['PENDING', 'SENDING', 'SENT'].includes(payments[index]?.status ?? ''));
  return open.length > 0 && random.integer(1, 3) > 1 ? random.pick(open) : random.integer(0, payments.length - 1);
}

interface Chosen {
  readonly op: BankOp;
  readonly at: Which;
  readonly currency: Currency;
}

function bankCommand(random: Random, model: MoneyModel, { op, at, currency }: Chosen): MoneyCommand {
  const { payments, messages } = model.bank;
  const there = model.portfolios[at].cash[currency];
  if (op === 'announce' || op === 'plan' || (op !== 'request' && payments.length === 0)) {
    const amount = BigInt(random.integer(1, 120_000)) * SMALLEST[currency];
    return op === 'plan' && random.integer(1, 2) === 1 && currency !== 'JPY'
      ? { op, at, currency, amount: BigInt(random.integer(1, 450_000)) * CENT }
      : { op: 'announce', at, currency, amount: random.pick([amount, amount, amount, amount, amount, amount, amount * 10n, amount + 1n]) };
  }
  if (op === 'request') {
    const amount = partOf(random, there / 4n, SMALLEST[currency]);
    return { op, at, currency, amount };
  }
  const payment = anyPayment(random, model);
  if (op === 'cancel') return { op, payment };
  if (op === 'send') return { op, payment, answer: random.pick(['accepted', 'accepted', 'accepted', 'refused', 'away']) };
  if (op === 'bankSays') {
    const kind = random.pick(['SETTLED', 'SETTLED', 'SETTLED', 'SETTLED', 'RETURNED', 'RETURNED', 'REJECTED'] as const);
    const { amount } = payments[payment] ?? { amount: CENT };
    return { op, payment, kind, amount: random.integer(1, 9) === 1 ? amount + CENT : amount, copies: random.pick([1, 1, 2, 3]) };
  }
  if (messages.length === 0) return { op: 'day' };
  const open = [...messages.keys()].filter((index) => ['UNMATCHED', 'WAITING'].includes(messages[index]?.status ?? ''));
  const message = open.length > 0 && random.integer(1, 5) > 1 ? random.pick(open) : random.integer(0, messages.length - 1);
  return { op: 'resolve', message, action: random.pick(['retry', 'retry', 'assign', 'assign', 'dismiss']) };
}
