import { newId, parseLocalDate, tradingCalendar } from '@trii/kernel';
import { callAs, createInstrument, createTestDatabase, createTestPlatform, createUser, investorActor, operatorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { handlers, systemHandlers } from '../../handlers.ts';
import { Failure, localOrigin, systemActor } from '../../platform/index.ts';
import { ASSETS, randomCourse } from './money-commands.ts';
import { closeOf, moneyModel, type Deal, type MoneyCommand, type MoneyModel, type MoneyOutcome, type Which } from './money-model.ts';
import { asDecimal, asNumeric } from './portfolio-model.ts';

/** Session days that a course may see. */
const SESSIONS = tradingCalendar('XNYS').sessions(parseLocalDate('2018-01-02'), parseLocalDate('2018-12-28'));
const dayOf = (day: number): string => SESSIONS[day] ?? '';
/** Commands between two looks into the books. */
const AUDIT_EVERY = 25;
const SHRINK_MS = 20_000;

export interface MoneySimulation {
  /** Operations that were done, and codes of refusals. */
  readonly seen: ReadonlySet<string>;
  readonly platform: TestPlatform;
  /** One new investor with two portfolios does so many random commands as an independent model does. @throws Error with the seed and the shortest course that fails */
  run(seed: number, steps: number): Promise<void>;
  /** Figures of the ledger check that differ, in everything that was ever run. */
  differences(): Promise<number>;
  close(): Promise<void>;
}

export async function startMoneySimulation(): Promise<MoneySimulation> {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  const seen = new Set<string>();
  const world = { database, platform, seen };
  return {
    seen,
    platform,
    async run(seed, steps) {
      const course = randomCourse(seed, steps);
      const failure = await perform(world, course);
      if (failure === null) return;
      const shortest = await shrink(world, course.slice(0, failure.step + 1));
      const text = shortest.map((command) =>
        JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
      );
      throw new Error(`seed ${seed}, step ${failure.step}: ${failure.problem}\nThe same fails after:\n${text.join('\n')}`);
    },
    differences: async () =>
      (await platform.executor.batch(systemHandlers.portfolio.checkLedger, systemCall({ runKey: newId() }))).differences,
    async close() {
      await platform.close();
      await database.close();
    },
  };
}

interface World {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
  readonly seen: Set<string>;
}

interface Failed {
  readonly step: number;
  readonly problem: string;
}

/** Leaves out what the failure does not need: halves first, then single commands, for as long as there is time. */
async function shrink(world: World, course: readonly MoneyCommand[]): Promise<readonly MoneyCommand[]> {
  const end = performance.now() + SHRINK_MS;
  let shortest = course;
  for (let size = Math.ceil(course.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length - 1 && performance.now() < end;) {
      const candidate = [...shortest.slice(0, at), ...shortest.slice(at + size)];
      const failure = candidate.length === 0 ? null : await perform(world, candidate);
      if (failure === null) at += size;
      else shortest = candidate.slice(0, failure.step + 1);
    }
  }
  return shortest;
}

interface Actor extends World {
  readonly call: CallAs;
  readonly stranger: CallAs;
  readonly operator: CallAs;
  readonly portfolioIds: readonly [string, string];
  readonly symbols: readonly string[];
  readonly instrumentIds: readonly string[];
  /** Of each portfolio, in the order they were placed. */
  readonly holdIds: readonly [string[], string[]];
  day: number;
}

/** @returns the first step that went another way than the model; null when all went the same */
async function perform(world: World, course: readonly MoneyCommand[]): Promise<Failed | null> {
  const actor = await newActor(world);
  const model = moneyModel();
  for (const [step, command] of course.entries()) {
    const expected = model.apply(command);
    const got = await outcomeOf(actor, command).catch((error: unknown): Got => ({ threw: String(error) }));
    world.seen.add(got['refused'] ?? command.op);
    const problem =
      differenceOf(expected, got) ?? (await problemOfStep(actor, model, { step, command, got, isLast: step === course.length - 1 }));
    if (problem !== null) return { step, problem: `${command.op}: ${problem}` };
  }
  return null;
}

type Got = Readonly<Record<string, string>>;

function differenceOf(expected: MoneyOutcome, got: Got): string | null {
  const wanted = Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, typeof value === 'bigint' ? asDecimal(value) : value]),
  );
  const [a, b] = [JSON.stringify(wanted), JSON.stringify(got)];
  return a === b ? null : `expected ${a}, got ${b}`;
}

interface Step {
  readonly step: number;
  readonly command: MoneyCommand;
  readonly got: Got;
  readonly isLast: boolean;
}

/** What must hold whatever the model says, and now and then the books against it. */
async function problemOfStep(actor: Actor, model: MoneyModel, { step, command, got, isLast }: Step): Promise<string | null> {
  if (command.op === 'roundTrip' && 'lost' in got && got['lost'] !== asDecimal(command.fees * 2n))
    return 'a round trip loses more or less than its fees';
  if (command.op === 'undo' && 'lost' in got && got['lost'] !== '0') return 'what was taken back left a trace';
  if (step % 10 === 0) {
    const portfolioId = actor.portfolioIds[0];
    const other = await tried(() => actor.stranger(handlers.cash.withdraw, { portfolioId, amount: '0.01', currency: 'USD' }));
    if (other['refused'] !== 'NOT_FOUND') return `a stranger got ${JSON.stringify(other)}`;
  }
  return isLast || step % AUDIT_EVERY === 0 ? audit(actor, model) : null;
}

async function newActor(world: World): Promise<Actor> {
  const { database, platform } = world;
  const instruments = await Promise.all(Array.from({ length: ASSETS }, () => createInstrument(database)));
  for (const [asset, { id }] of instruments.entries()) {
    await platform.inspect(
      `INSERT INTO daily_bars (instrument_id, session_date, close, source) SELECT $1, b.day, b.close, 'test' FROM unnest($2::date[], $3::numeric[]) AS b (day, close)`,
      [id, SESSIONS, SESSIONS.map((_, day) => asDecimal(closeOf(asset, day)))],
    );
  }
  const call = callAs(platform, investorActor((await createUser(database)).id));
  const operator = callAs(platform, operatorActor());
  await operator(handlers.platform.setValuationDate, { date: dayOf(0) });
  const open = async () => (await call(handlers.portfolio.open, { name: 'Simulated', openedOn: dayOf(0) })).id;
  const portfolioIds = [await open(), await open()] as const;
  await call(handlers.portfolio.setDividendChoice, { portfolioId: portfolioIds[1], choice: 'REINVEST' });
  return {
    ...world,
    call,
    operator,
    stranger: callAs(platform, investorActor((await createUser(database)).id)),
    portfolioIds,
    symbols: instruments.map(({ symbol }) => symbol),
    instrumentIds: instruments.map(({ id }) => id),
    holdIds: [[], []],
    day: 0,
  };
}

async function tried(work: () => Promise<Got>): Promise<Got>;
async function tried(work: () => Promise<unknown>): Promise<Got>;
async function tried(work: () => Promise<unknown>): Promise<Got> {
  try {
    return (await work()) as Got;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { refused: error.code };
  }
}

const outcomeOf = (actor: Actor, command: MoneyCommand): Promise<Got> => tried(() => callOnce(actor, command));

/** As a client would do it, under a key of its own; every third call comes twice, and must be answered alike. */
async function callOnce(actor: Actor, command: MoneyCommand): Promise<Got> {
  const { call, portfolioIds, symbols, holdIds } = actor;
  const id = (at: Which): string => portfolioIds[at];
  const symbol = (asset: number): string => symbols[asset] ?? '';
  switch (command.op) {
    case 'deposit':
    case 'withdraw': {
      const handler = command.op === 'deposit' ? handlers.cash.deposit : handlers.cash.withdraw;
      const key = newId();
      const once = () => call(handler, { portfolioId: id(command.at), amount: asDecimal(command.amount), currency: 'USD' }, key);
      const { cashBalance } = await once();
      if (actor.day % 3 === 0 && (await once()).cashBalance !== cashBalance) throw new Error('a repeat was answered otherwise');
      return { cash: cashBalance };
    }
    case 'buy':
    case 'sell': {
      const view = await trade(actor, { ...command, op: command.op });
      return { cash: view.cashBalance, held: view.positionQuantity, gain: view.realizedPnl };
    }
    case 'roundTrip':
    case 'undo': {
      const before = await cashOf(actor, command.at);
      const { transactionId } = await trade(actor, { ...command, op: 'buy' });
      if (command.op === 'roundTrip') await trade(actor, { ...command, op: 'sell' });
      else await call(handlers.portfolio.reverseEntry, { portfolioId: id(command.at), transactionId, reason: 'undone' });
      return { lost: asDecimal(before - (await cashOf(actor, command.at))) };
    }
    case 'moveCash':
    case 'moveUnits': {
      const between = { fromPortfolioId: id(command.from), toPortfolioId: id(command.from === 0 ? 1 : 0) };
      if (command.op === 'moveCash') {
        const view = await call(handlers.cash.transfer, { ...between, amount: asDecimal(command.amount), currency: 'USD' });
        return { left: view.fromCashBalance, there: view.toCashBalance };
      }
      const moved = { ...between, symbol: symbol(command.asset), quantity: asDecimal(command.quantity) };
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
      const asset = command.asset === null ? { currency: 'USD' } : { symbol: symbol(command.asset) };
      const wanted = { portfolioId: id(command.at), ...asset, amount: asDecimal(command.amount), reason: 'kept' };
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
    case 'day':
    case 'split':
    case 'dividend':
      await nextDay(actor, command);
      return {};
  }
}

async function trade(
  { call, portfolioIds, symbols, day }: Actor,
  { op, at, asset, quantity, price, fees }: Deal & { readonly op: 'buy' | 'sell'; readonly at: Which },
) {
  const terms = { quantity: asDecimal(quantity), price: asDecimal(price), fees: asDecimal(fees), date: dayOf(day) };
  const tradeType = op === 'buy' ? ('BUY' as const) : ('SELL' as const);
  return call(handlers.trading.recordTrade, { portfolioId: portfolioIds[at], symbol: symbols[asset] ?? '', tradeType, ...terms });
}

async function cashOf({ platform, portfolioIds }: Actor, at: Which): Promise<bigint> {
  const [row] = await platform.inspect<{ cash: string }>(
    'SELECT (cash_balance * 100000000)::bigint::text AS cash FROM portfolios WHERE id = $1',
    [portfolioIds[at]],
  );
  return BigInt(row?.cash ?? '0');
}

async function nextDay(actor: Actor, command: Extract<MoneyCommand, { readonly op: 'day' | 'split' | 'dividend' }>): Promise<void> {
  const { operator, platform, symbols } = actor;
  actor.day += 1;
  const exDate = dayOf(actor.day);
  if (command.op !== 'day') {
    const symbol = symbols[command.asset] ?? '';
    const terms =
      command.op === 'split'
        ? { kind: 'SPLIT' as const, ratioFrom: Number(command.from), ratioTo: Number(command.to) }
        : { kind: 'DIVIDEND' as const, amount: asDecimal(command.amount), withholdingPct: 15 };
    await operator(handlers.market.recordAction, { symbol, exDate, ...terms });
  }
  await operator(handlers.platform.setValuationDate, { date: exDate });
  if (command.op === 'day') return;
  const { runKey, shards, through } = await platform.executor.run(systemHandlers.portfolio.dispatchActions, systemCall({}));
  await platform.inspect(`UPDATE deliveries SET status = 'done', done_at = now() WHERE job_name = 'apply-actions' AND status <> 'done'`);
  for (const shard of shards) {
    const { blocked } = await platform.executor.batch(systemHandlers.portfolio.applyActions, systemCall({ shard, runKey, through }));
    if (blocked > 0) throw new Error('an action was held up');
  }
}

const systemCall = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

/** The books against the model, and against themselves. */
async function audit({ platform, portfolioIds, instrumentIds }: Actor, model: MoneyModel): Promise<string | null> {
  const portfolios = await platform.inspect(
    `SELECT p.cash_balance, p.reserved_cash, p.realized_pnl, p.invested_amount,
       (SELECT count(*)::text FROM (SELECT FROM postings WHERE portfolio_id = p.id GROUP BY transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0) b) AS broken,
       (SELECT COALESCE(sum(amount), 0) = 0 FROM postings WHERE portfolio_id = p.id AND currency_code IS NOT NULL) AS conserved
     FROM portfolios p WHERE p.id = ANY($1) ORDER BY p.id`,
    [portfolioIds],
  );
  const positions = await platform.inspect<{
    portfolio_id: string;
    instrument_id: string;
    quantity: string;
    reserved_quantity: string;
    cost_basis: string;
  }>(
    'SELECT portfolio_id, instrument_id, quantity, reserved_quantity, cost_basis FROM positions WHERE portfolio_id = ANY($1) AND quantity + reserved_quantity + cost_basis <> 0',
    [portfolioIds],
  );
  const stored = positions.map((row) => {
    const place = `${portfolioIds.indexOf(row.portfolio_id)}/${instrumentIds.indexOf(row.instrument_id)}`;
    return `${place}: ${row.quantity} ${row.reserved_quantity} ${row.cost_basis}`;
  });
  const modelled = model.portfolios.flatMap(({ positions: own }, at) =>
    [...own].flatMap(([asset, { held, reserved, cost }]) =>
      held + reserved + cost === 0n ? [] : [`${at}/${asset}: ${asNumeric(held)} ${asNumeric(reserved)} ${asNumeric(cost)}`],
    ),
  );
  const invested = ({ positions: own }: MoneyModel['portfolios'][0]) => [...own.values()].reduce((sum, { cost }) => sum + cost, 0n);
  const books = model.portfolios.map((each) => ({
    cash_balance: asNumeric(each.cash),
    reserved_cash: asNumeric(each.reserved),
    realized_pnl: asNumeric(each.gain),
    invested_amount: asNumeric(invested(each)),
    broken: '0',
    conserved: true,
  }));
  const [a, b] = [JSON.stringify([books, modelled.toSorted()]), JSON.stringify([portfolios, stored.toSorted()])];
  return a === b ? null : `the books say ${b}, the model ${a}`;
}
