import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createClient } from '@trii/client';
import { handlers, localOrigin, systemActor, systemHandlers } from '@trii/domain';
import { addDays, newId, parseLocalDate, seededRandom, type Random } from '@trii/kernel';
import {
  callAs,
  createPortfolio,
  createTenant,
  createTestDatabase,
  createTestPlatform,
  operatorActor,
  personalKeyVariables,
  prepareWorld,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { randomCall, type Answer, type Call, type Investor } from './killed-calls.ts';

export interface KilledRun {
  readonly kills: { readonly api: number; readonly workers: number };
  readonly answers: readonly Answer[];
  readonly refusals: number;
  /** Calls that were sent again under their key, since the answer was lost. */
  readonly repeats: number;
  readonly dividends: number;
  readonly platform: TestPlatform;
  close(): Promise<void>;
}

const START_MS = 30_000;
const INVESTORS = 3;
const ANSWERS_MIN = 12;

export interface Killing {
  readonly seed: number;
  readonly forMs: number;
  readonly mix?: 'all' | 'payments';
  /** Waits until the bank has no more to say, which takes seconds. */
  readonly toTheEnd?: boolean;
}

/**
 * Investors work through a real api, dividends come by a real worker, and both are killed at random moments for so long. Every call is sent again under its
 * key until it is answered. At the end both processes are let do what is left, and then end.
 */
export async function runUnderKills({ seed, forMs, mix = 'all', toTheEnd = false }: Killing): Promise<KilledRun> {
  const random = seededRandom(seed);
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  const port = await freePort();
  const api = part('../main.ts', apiSettings(database, port));
  const workers = part('../../../workers/src/main.ts', workerSettings(database, seed));
  try {
    await prepareWorld({ database, platform });
    const url = `http://127.0.0.1:${port}`;
    const investors = await Promise.all(Array.from({ length: INVESTORS }, () => investor({ database, platform }, url)));
    api.start();
    workers.start();
    await until(() => isUp(url), `the api: ${api.log()}`);
    const course: Course = { mix, answers: [], refusals: 0, repeats: 0, kills: { api: 0, workers: 0 }, end: performance.now() + forMs };
    const [dividends] = await Promise.all([
      announceDividends(platform, course),
      killAtRandom({ api, workers }, { random, url, course }),
      ...investors.map((each, index) => work(each, course, seededRandom(seed + 1 + index))),
    ]);
    await until(() => isUp(url), `the api: ${api.log()}`);
    await until(async () => (await undone(platform)) === 0, `all jobs done: ${workers.log()}`);
    if (toTheEnd) await until(async () => (await unsaid(platform)) + (await undone(platform)) === 0, `the bank silent: ${workers.log()}`);
    return { ...course, dividends, platform, close: () => closeAll() };
  } catch (error) {
    await closeAll();
    throw error;
  }

  async function closeAll(): Promise<void> {
    await Promise.all([api.kill(), workers.kill()]);
    await platform.close();
    await database.close();
  }
}

interface World {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
}

/** With money and 100 units since the second of January, and a second portfolio. */
async function investor({ database, platform }: World, url: string): Promise<Investor> {
  const { token, actor, portfolio } = await createTenant({ database, platform });
  const bought = {
    portfolioId: portfolio.id,
    symbol: 'DEMO',
    tradeType: 'BUY' as const,
    quantity: '100',
    price: '10.00',
    date: '2018-01-02',
  };
  const call = callAs(platform, actor);
  await call(handlers.trading.recordTrade, bought);
  const { id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' });
  const { id } = await createPortfolio(database, { userId: actor.userId, openedOn: '2018-01-02' });
  return { client: createClient({ url, token }), portfolioIds: [portfolio.id, id], bankAccountId, payments: [] };
}

interface Course {
  readonly mix: 'all' | 'payments';
  readonly answers: Answer[];
  refusals: number;
  repeats: number;
  readonly kills: { api: number; workers: number };
  readonly end: number;
}

/** However slow the machine is: each was killed, and something was done. */
const isOver = ({ answers, kills, end }: Course): boolean =>
  performance.now() > end && ((kills.api > 0 && kills.workers > 0 && answers.length >= ANSWERS_MIN) || performance.now() > end + START_MS);

async function work(investor: Investor, course: Course, random: Random): Promise<void> {
  while (!isOver(course)) {
    const answers = await untilAnswered(randomCall(investor, random, course.mix), course);
    if (answers === undefined) course.refusals += 1;
    else course.answers.push(...answers);
  }
}

/** The same call under the same key, until somebody answers: whoever was killed may have done it, or not. Undefined when it is refused. */
async function untilAnswered(send: Call, course: Course): Promise<Answer[] | undefined> {
  const context = { idempotencyKey: newId() };
  for (;;) {
    try {
      return await send({ context });
    } catch (error) {
      const code = codeOf(error);
      if (code !== undefined && !['UNAVAILABLE', 'INTERNAL', 'CONFLICT_RETRY'].includes(code)) return undefined;
      if (performance.now() > course.end + 2 * START_MS) throw error;
      course.repeats += 1;
      await sleep(50);
    }
  }
}

/** Undefined for what never reached the platform, or whose answer never came. */
function codeOf(error: unknown): string | undefined {
  const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'code' in data ? String(data.code) : undefined;
}

/** Another dividend for every second, each of a day of its own, and the job asked for that the schedule would ask for within a minute. */
async function announceDividends(platform: TestPlatform, course: Course): Promise<number> {
  const operator = callAs(platform, operatorActor());
  let announced = 0;
  while (!isOver(course)) {
    const exDate = addDays(parseLocalDate('2018-01-03'), announced);
    await operator(handlers.market.recordAction, { symbol: 'DEMO', kind: 'DIVIDEND', exDate, amount: '0.11' });
    const system = { actor: systemActor('test'), input: {}, origin: localOrigin(newId()) };
    await platform.executor.run(systemHandlers.portfolio.dispatchActions, system);
    announced += 1;
    await sleep(1_000);
  }
  return announced;
}

interface Parts {
  readonly api: Part;
  readonly workers: Part;
}

async function killAtRandom(
  { api, workers }: Parts,
  { random, url, course }: { readonly random: Random; readonly url: string; readonly course: Course },
): Promise<void> {
  while (!isOver(course)) {
    await sleep(random.integer(50, 1_500));
    const which = random.pick(['api', 'api', 'workers'] as const);
    const victim = which === 'api' ? api : workers;
    await victim.kill();
    course.kills[which] += 1;
    victim.start();
    if (which === 'api') await until(() => isUp(url), `the api: ${api.log()}`);
  }
}

interface Part {
  start(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  log(): string;
}

/** A process as it is run in production. */
function part(main: string, settings: Readonly<Record<string, string>>): Part {
  let child: ChildProcess | undefined;
  let log = '';
  return {
    start() {
      child = spawn(process.execPath, [fileURLToPath(new URL(main, import.meta.url))], {
        env: { ...settings, ...personalKeyVariables, HOST: '127.0.0.1', LOG_LEVEL: 'warn' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk) => {
          log = `${log}${String(chunk)}`.slice(-5_000);
        });
    },
    async kill() {
      const victim = child;
      if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return;
      const gone = new Promise((resolve) => victim.once('exit', resolve));
      victim.kill('SIGKILL');
      await gone;
    },
    log: () => log,
  };
}

const apiSettings = (database: TestDatabase, port: number): Record<string, string> => ({
  ...database.servers,
  API_PORT: String(port),
  PASSWORD_PEPPER: 'a pepper for the tests',
  BCRYPT_COST: '4',
  RATE_LIMIT_SESSION: '1000000/60',
  RATE_LIMIT_ADDRESS: '1000000/60',
});

/** Deadlines short enough that a killed worker's job is taken up at once. */
const workerSettings = (database: TestDatabase, seed: number): Record<string, string> => ({
  ...database.servers,
  WORKERS_PORT: '0',
  AUDIT_SIGNING_KEY: 'A'.repeat(43),
  QUEUE_PREFIX: 'test',
  JOB_LOCK_MS: '1000',
  JOB_STALLED_MS: '500',
  JOB_OVERDUE_SECONDS: '2',
  SIMULATED_BANK_SEED: String(seed % 1_000_000_000),
  SIMULATED_BANK_DELAY_MS: '300',
});

const undone = async (platform: TestPlatform): Promise<number> =>
  (await platform.inspect(`SELECT FROM deliveries WHERE status <> 'done'`)).length;

const unsaid = async (platform: TestPlatform): Promise<number> =>
  (await platform.inspect('SELECT FROM simulated_bank_messages WHERE acknowledged_at IS NULL')).length;

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > START_MS) throw new Error(`not within ${START_MS} ms: ${what}`);
    await sleep(20);
  }
}

const sleep = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));

/** Free a moment ago: the api is started again at the same address. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
