import { newId, seededRandom, type Random } from '@trii/kernel';
import { callAs, createInstrument, createTestDatabase, createTestPlatform, createUser, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { expect } from 'vitest';
import { handlers } from '../../handlers.ts';
import { Failure } from '../../platform/index.ts';
import { asDecimal, asNumeric, portfolioModel, type ModelCommand, type PortfolioModel } from './portfolio-model.ts';

const SYMBOLS = ['TRK', 'AAPL', 'MSFT'] as const;
const UNIT = 100_000_000n;
const CENT = 1_000_000n;

interface Parts {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
}

export interface TradingSimulation {
  /** What happened in all runs so far: kinds of commands that were done, and codes of refusals. */
  readonly seen: ReadonlySet<string>;
  readonly platform: TestPlatform;
  /** Two new investors do so many random commands, replayed or not, as an independent model does; then their books are audited. */
  run(seed: number, steps: number): Promise<void>;
  close(): Promise<void>;
}

export async function startTradingSimulation(): Promise<TradingSimulation> {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  for (const symbol of SYMBOLS) await createInstrument(database, { symbol });
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
  const seen = new Set<string>();
  return {
    seen,
    platform,
    run: (seed, steps) => simulate({ database, platform }, { seed, steps, seen }),
    async close() {
      await platform.close();
      await database.close();
    },
  };
}

interface Course {
  readonly seed: number;
  readonly steps: number;
  readonly seen: Set<string>;
}

async function simulate(parts: Parts, { seed, steps, seen }: Course): Promise<void> {
  const random = seededRandom(seed);
  const investors = [await investor(parts), await investor(parts)] as const;
  const done: { readonly who: Investor; readonly command: ModelCommand; readonly key: string; readonly outcome: unknown }[] = [];
  for (let step = 0; step < steps; step += 1) {
    const who = random.pick(investors);
    who.day = Math.min(who.day + random.pick([0, 0, 1, 1, 2, 3]), 144);
    const command = randomCommand(random, who.day);
    const key = newId();
    const outcome = await perform(who, command, key);
    expect(
      outcome,
      `seed ${seed}, step ${step}: ${JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? asDecimal(value) : value))}`,
    ).toEqual(expected(who.model, command));
    seen.add(typeof outcome === 'object' && outcome !== null && 'refused' in outcome ? String(outcome.refused) : command.kind);
    done.push({ who, command, key, outcome });
    if (random.integer(1, 6) === 1) {
      const again = random.pick(done);
      expect(await perform(again.who, again.command, again.key), `seed ${seed}, replayed after step ${step}`).toEqual(again.outcome);
    }
    if (random.integer(1, 15) === 1) {
      const stranger = who === investors[0] ? investors[1] : investors[0];
      expect(await perform({ call: stranger.call, portfolioId: who.portfolioId }, command, newId())).toEqual({ refused: 'NOT_FOUND' });
    }
  }
  for (const each of investors) await audit(parts.platform, each, `seed ${seed}`);
}

interface Investor {
  readonly call: CallAs;
  readonly portfolioId: string;
  readonly model: PortfolioModel;
  /** Day of 2018, counted from 1 January; entries move it on. */
  day: number;
}

async function investor({ platform, database }: Parts): Promise<Investor> {
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const { id } = await call(handlers.portfolio.open, { name: 'Simulated', openedOn: '2018-01-02' });
  return { call, portfolioId: id, model: portfolioModel(), day: 1 };
}

const dateOf = (day: number): string => new Date(Date.UTC(2018, 0, 1 + day)).toISOString().slice(0, 10);

const price = (random: Random): bigint => BigInt(random.integer(1_000_000, 2 ** 31)) * 4n;
const wholeUnits = (random: Random) => ({ quantity: BigInt(random.integer(1, 10)) * UNIT, price: price(random) });
const anyUnits = (random: Random) => ({ quantity: BigInt(random.integer(1, 1_000_000_000)), price: price(random) });
/** Half a unit at an odd number of cents is a tie between two cents. */
const halfUnits = (random: Random) => ({
  quantity: (BigInt(random.integer(0, 9)) * UNIT * 2n + UNIT) / 2n,
  price: BigInt(random.integer(1, 8000)) * CENT,
});

/** Mostly what a customer would do; now and then a day that is past, gone by or yet to come, money that is not there, crumbs. */
function randomCommand(random: Random, day: number): ModelCommand {
  const date = dateOf(random.integer(1, 12) === 1 ? random.pick([0, day - 3, 145, 200]) : day);
  const kind = random.pick(['DEPOSIT', 'WITHDRAWAL', 'BUY', 'BUY', 'BUY', 'SELL', 'SELL'] as const);
  if (kind === 'DEPOSIT' || kind === 'WITHDRAWAL') return { kind, date, amount: BigInt(random.integer(1, 200_000)) * CENT };
  const terms = random.pick([wholeUnits, halfUnits, anyUnits, anyUnits])(random);
  const crumb = random.integer(1, 25) === 1;
  return {
    kind,
    date,
    symbol: random.pick(SYMBOLS),
    ...terms,
    ...(crumb ? { quantity: BigInt(random.integer(1, 20_000)) } : {}),
    fees: BigInt(random.integer(0, 500)) * CENT,
  };
}

/** A view of the amounts that the model knows too, or the code of the refusal. */
async function perform(
  { call, portfolioId }: Pick<Investor, 'call' | 'portfolioId'>,
  command: ModelCommand,
  key: string,
): Promise<unknown> {
  try {
    if ('symbol' in command) {
      const { kind: tradeType, symbol, date } = command;
      const terms = { quantity: asDecimal(command.quantity), price: asDecimal(command.price), fees: asDecimal(command.fees) };
      const view = await call(handlers.trading.recordTrade, { portfolioId, symbol, tradeType, date, ...terms }, key);
      return { cash: view.cashBalance, held: view.positionQuantity, gain: view.realizedPnl };
    }
    const handler = command.kind === 'DEPOSIT' ? handlers.cash.deposit : handlers.cash.withdraw;
    const view = await call(handler, { portfolioId, amount: asDecimal(command.amount), currency: 'USD', date: command.date }, key);
    return { cash: view.cashBalance };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { refused: error.code };
  }
}

function expected(model: PortfolioModel, command: ModelCommand): unknown {
  const outcome = model.apply(command);
  if ('refused' in outcome) return outcome;
  return Object.fromEntries(Object.entries(outcome).map(([name, parts]) => [name, asDecimal(parts)]));
}

/** The books against the model, and against themselves: every projection recomputed from the postings alone. */
async function audit(platform: TestPlatform, { portfolioId, model }: Investor, which: string): Promise<void> {
  const [books] = await platform.inspect(
    `SELECT p.cash_balance, p.realized_pnl, p.invested_amount,
       (SELECT coalesce(sum(amount), 0) FROM postings WHERE portfolio_id = p.id AND account = 'cash') = p.cash_balance AS cash_is_posted,
       (SELECT coalesce(sum(cost_basis), 0) FROM postings WHERE portfolio_id = p.id) = p.invested_amount AS cost_is_posted,
       (SELECT coalesce(sum(realized_pnl), 0) FROM postings WHERE portfolio_id = p.id) = p.realized_pnl AS gain_is_posted,
       (SELECT count(*) FROM (SELECT FROM postings WHERE portfolio_id = p.id GROUP BY transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0) broken) AS broken,
       (SELECT count(*) FROM trades t WHERE t.portfolio_id = p.id AND NOT EXISTS (SELECT FROM fills f WHERE f.trade_id = t.id AND f.quantity = t.filled_quantity)) AS unfilled
     FROM portfolios p WHERE p.id = $1`,
    [portfolioId],
  );
  const cost = [...model.positions.values()].reduce((sum, position) => sum + position.cost, 0n);
  expect(books, which).toEqual({
    cash_balance: asNumeric(model.cash),
    realized_pnl: asNumeric(model.gain),
    invested_amount: asNumeric(cost),
    cash_is_posted: true,
    cost_is_posted: true,
    gain_is_posted: true,
    broken: '0',
    unfilled: '0',
  });
  const positions = await platform.inspect(
    `SELECT i.symbol, q.quantity, q.cost_basis,
       (SELECT sum(CASE t.trade_type WHEN 'BUY' THEN t.quantity ELSE -t.quantity END) FROM trades t WHERE t.portfolio_id = q.portfolio_id AND t.instrument_id = q.instrument_id) AS traded
     FROM positions q JOIN instruments i ON i.id = q.instrument_id WHERE q.portfolio_id = $1 ORDER BY i.symbol`,
    [portfolioId],
  );
  const modelled = [...model.positions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(positions, which).toEqual(
    modelled.map(([symbol, { quantity, cost: cost_basis }]) => ({
      symbol,
      quantity: asNumeric(quantity),
      cost_basis: asNumeric(cost_basis),
      traded: asNumeric(quantity),
    })),
  );
}
