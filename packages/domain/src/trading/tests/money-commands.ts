import { seededRandom, type Random } from '@trii/kernel';
import { moneyModel, type MoneyCommand, type MoneyModel, type Which } from './money-model.ts';

const UNIT = 100_000_000n;
const CENT = 1_000_000n;
export const ASSETS = 3;

/** A random course, mostly of what the model would take: most of the books' work is there. It is data alone, so that parts of it can be left out. */
export function randomCourse(seed: number, steps: number): MoneyCommand[] {
  const random = seededRandom(seed);
  const model = moneyModel();
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
  ['moveCash', 2],
  ['moveUnits', 3],
  ['reverse', 4],
  ['hold', 3],
  ['resize', 2],
  ['release', 2],
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

function randomCommand(random: Random, { portfolios, day }: MoneyModel): MoneyCommand {
  const op = random.pick(BAG);
  const at: Which = random.integer(0, 2) === 0 ? 1 : 0;
  const asset = random.integer(0, ASSETS - 1);
  const portfolio = portfolios[at];
  const { held } = portfolio.positions.get(asset) ?? { held: 0n };
  switch (op) {
    case 'deposit':
      return { op, at, amount: BigInt(random.integer(1, 500_000)) * CENT + (random.integer(1, 20) === 1 ? 1n : 0n) };
    case 'withdraw':
      return { op, at, amount: partOf(random, portfolio.cash / 3n, CENT) };
    case 'buy':
    case 'sell':
    case 'roundTrip':
    case 'undo': {
      const price = BigInt(random.integer(1, 40_000)) * (random.integer(1, 3) === 1 ? 12_345n : CENT);
      const fees = BigInt(random.integer(0, 300)) * CENT;
      const affordable = (portfolio.cash * UNIT) / price / 4n;
      const quantity = op === 'sell' ? partOf(random, held, 1n) : partOf(random, affordable, random.pick([1n, UNIT / 2n, UNIT]));
      // Within what a quantity of the wire may be.
      return { op, at, asset, price, fees, quantity: quantity > 10_000_000n * UNIT ? 10_000_000n * UNIT : quantity };
    }
    case 'moveCash':
      return { op, from: at, amount: partOf(random, portfolio.cash, CENT) };
    case 'moveUnits':
      return { op, from: at, asset, quantity: partOf(random, held, 1n) };
    case 'reverse':
      return portfolio.entries.length === 0
        ? { op: 'day' }
        : { op, at, entry: Math.max(0, portfolio.entries.length - random.pick([1, 1, 2, 3, 5, 12])) };
    case 'hold': {
      const isCash = random.integer(1, 2) === 1;
      return { op, at, asset: isCash ? null : asset, amount: partOf(random, isCash ? portfolio.cash / 2n : held, isCash ? CENT : 1n) };
    }
    case 'resize':
    case 'release': {
      const index = random.integer(0, Math.max(0, portfolio.holds.length - 1));
      const hold = portfolio.holds[index];
      if (hold === undefined) return { op: 'day' };
      if (op === 'release') return { op, at, hold: index };
      const amount = partOf(random, hold.amount, hold.asset === null ? CENT : 1n);
      return amount === hold.amount ? { op: 'release', at, hold: index } : { op, at, hold: index, amount };
    }
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
      return day > 200 ? { op: 'deposit', at, amount: CENT } : { op: 'day' };
  }
}
