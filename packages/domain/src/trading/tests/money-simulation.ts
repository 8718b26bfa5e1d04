import { newId, parseLocalDate, tradingCalendar } from '@trii/kernel';
import { callAs, createInstrument, createTestDatabase, createTestPlatform, createUser, investorActor, operatorActor } from '@trii/testkit';
import type { TestPlatform } from '@trii/testkit';
import { handlers, systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';
import { auditBooks } from './money-audit.ts';
import { outcomeOf, tried, type Actor, type Got, type World } from './money-calls.ts';
import { randomCourse } from './money-commands.ts';
import { ASSETS, closeOf, currencyOf, moneyModel, type MoneyCommand, type MoneyModel, type MoneyOutcome } from './money-model.ts';
import { asRate, enteredOn, hasRates } from './money-rates.ts';
import { DAY_MAX, PAYMENT_MAX } from './bank-model.ts';
import { asDecimal } from './portfolio-model.ts';

/** Session days that a course may see. */
const SESSIONS = tradingCalendar('XNYS').sessions(parseLocalDate('2018-01-02'), parseLocalDate('2018-12-28'));
const dateOf = (day: number): string => SESSIONS[day] ?? '';
const DATES = SESSIONS.map((date) =>
  Math.round(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)) - 1, Number(date.slice(8))) / 86_400_000),
);
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
  await prepare(world);
  return {
    seen,
    platform,
    async run(seed, steps) {
      const course = randomCourse(seed, steps, DATES);
      const failure = await perform(world, course);
      if (failure === null) return;
      const shortest = await shrink(world, course.slice(0, failure.step + 1));
      const text = shortest.map((command) =>
        JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
      );
      throw new Error(`seed ${seed}, step ${failure.step}: ${failure.problem}\nThe same fails after:\n${text.join('\n')}`);
    },
    differences: async () => (await platform.executor.batch(systemHandlers.portfolio.checkLedger, checkCall())).differences,
    async close() {
      await platform.close();
      await database.close();
    },
  };
}

const checkCall = () => ({ actor: systemActor('test'), input: { runKey: newId() }, origin: localOrigin(newId()) });

/** Exchange rates of every day that has some, and limits that a course can reach. */
async function prepare({ platform }: World): Promise<void> {
  const days = [...SESSIONS.keys()].filter(hasRates);
  for (const pair of ['EUR/USD', 'USD/JPY'] as const) {
    const [base, quote] = pair.split('/');
    await platform.inspect(
      `INSERT INTO fx_rates (base_currency, quote_currency, as_of, rate, source)
       SELECT $1, $2, (r.day || 'T00:00:00Z')::timestamptz, r.rate, 'test' FROM unnest($3::text[], $4::numeric[]) AS r (day, rate)`,
      [base, quote, days.map(dateOf), days.map((day) => asRate(enteredOn(day)[pair]))],
    );
  }
  const operator = callAs(platform, operatorActor());
  for (const direction of ['DEPOSIT', 'WITHDRAWAL'] as const)
    for (const currency of ['USD', 'EUR'])
      await operator(handlers.cash.setLimit, { direction, currency, perPayment: asDecimal(PAYMENT_MAX), perDay: asDecimal(DAY_MAX) });
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

/** @returns the first step that went another way than the model; null when all went the same */
async function perform(world: World, course: readonly MoneyCommand[]): Promise<Failed | null> {
  const actor = await newActor(world);
  const model = moneyModel(DATES);
  for (const [step, command] of course.entries()) {
    const expected = model.apply(command);
    const got = await outcomeOf(actor, command).catch((error: unknown): Got => ({ threw: String(error) }));
    world.seen.add(got['refused'] ?? command.op);
    for (const told of got['told']?.match(/\w+/g) ?? []) world.seen.add(told);
    const problem =
      differenceOf(expected, got) ?? (await problemOfStep(actor, model, { step, command, got, isLast: step === course.length - 1 }));
    if (problem !== null) return { step, problem: `${command.op}: ${problem}` };
  }
  // The next investor's days are not these plans' any more.
  await world.platform.inspect(`UPDATE deposit_plans SET status = 'ENDED' WHERE status = 'ACTIVE'`);
  return null;
}

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
  return isLast || step % AUDIT_EVERY === 0 ? auditBooks(actor, model) : null;
}

async function newActor(world: World): Promise<Actor> {
  const { database, platform } = world;
  const instruments = [];
  for (let asset = 0; asset < ASSETS; asset += 1) instruments.push(await createInstrument(database, { currencyCode: currencyOf(asset) }));
  for (const [asset, { id }] of instruments.entries()) {
    await platform.inspect(
      `INSERT INTO daily_bars (instrument_id, session_date, close, source) SELECT $1, b.day, b.close, 'test' FROM unnest($2::date[], $3::numeric[]) AS b (day, close)`,
      [id, SESSIONS, SESSIONS.map((_, day) => asDecimal(closeOf(asset, day)))],
    );
  }
  const { id: userId } = await createUser(database);
  const call = callAs(platform, investorActor(userId));
  const operator = callAs(platform, operatorActor());
  await operator(handlers.platform.setValuationDate, { date: dateOf(0) });
  const open = async () => (await call(handlers.portfolio.open, { name: 'Simulated', openedOn: dateOf(0) })).id;
  const portfolioIds = [await open(), await open()] as const;
  await call(handlers.portfolio.setDividendChoice, { portfolioId: portfolioIds[1], choice: 'REINVEST' });
  const linked = async (currency: string, iban: string) => (await call(handlers.cash.linkBankAccount, { currency, iban })).id;
  return {
    ...world,
    call,
    operator,
    worker: callAs(platform, systemActor('test')),
    stranger: callAs(platform, investorActor((await createUser(database)).id)),
    userId,
    portfolioIds,
    symbols: instruments.map(({ symbol }) => symbol),
    instrumentIds: instruments.map(({ id }) => id),
    accounts: {
      USD: await linked('USD', 'DE89370400440532013000'),
      EUR: await linked('EUR', 'DE75512108001245126199'),
    },
    holdIds: [[], []],
    told: [],
    dateOf,
    day: 0,
  };
}
