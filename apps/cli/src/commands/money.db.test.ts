import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity } from '@trii/contract';
import { handlers, systemActor, systemHandlers } from '@trii/domain';
import { checkout } from '@trii/stack';
import {
  callAs,
  createTenant,
  createTestDatabase,
  createTestPlatform,
  personalKeyVariables,
  prepareWorld,
  type CallAs,
  type Tenant,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { accrualsCommand } from './accruals.ts';
import { actionCommand } from './action.ts';
import { cashCommand } from './cash.ts';
import { holdCommand } from './hold.ts';
import { ledgerCommand } from './ledger.ts';
import { portfolioCommand } from './portfolio.ts';
import { ratesCommand } from './rates.ts';

const PEPPER = 'a pepper for the tests';
const folder = mkdtempSync(join(tmpdir(), 'trii-money-'));
let database: TestDatabase;
let platform: TestPlatform;
let tenant: Tenant;
let call: CallAs;
let worker: CallAs;
let api: ChildProcess;
let bankAccountId: string;

// One api and one database for all: each command is run in this process, as its own would, on what is really there.
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { pepper: PEPPER });
  await prepareWorld({ database, platform });
  tenant = await createTenant({ database, platform });
  call = callAs(platform, tenant.actor);
  worker = callAs(platform, systemActor('test'));
  ({ id: bankAccountId } = await call(handlers.cash.linkBankAccount, { currency: 'USD', iban: 'DE89370400440532013000' }));
  const port = await freePort();
  const settings = { ...database.servers, ...personalKeyVariables, HOST: '127.0.0.1', API_PORT: String(port), BCRYPT_COST: '4' };
  api = spawn(process.execPath, [`${checkout}/apps/api/src/main.ts`], {
    env: { ...settings, PASSWORD_PEPPER: PEPPER, LOG_LEVEL: 'warn' },
    stdio: 'ignore',
  });
  const own = { TRII_DATA_DIR: join(folder, 'data'), TRII_PASSWORD: identity.signIn.example.password };
  for (const [name, value] of Object.entries({ ...settings, ...own })) vi.stubEnv(name, value);
  await vi.waitFor(
    async () => {
      if (!(await fetch(`http://127.0.0.1:${port}/health/ready`)).ok) throw new Error('the api is not ready');
    },
    { timeout: 30_000, interval: 50 },
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  const gone = once(api, 'exit');
  api.kill('SIGKILL');
  await gone;
  await platform.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `trii …` and gives back what it printed. The exit code is this process's for a moment. */
async function trii(...args: readonly string[]): Promise<Ran> {
  const told = { out: '', err: '' };
  const log = vi.spyOn(console, 'log').mockImplementation((text: unknown) => void (told.out += `${String(text)}\n`));
  const error = vi.spyOn(console, 'error').mockImplementation((text: unknown) => void (told.err += `${String(text)}\n`));
  const program = new Command('trii');
  for (const command of [accrualsCommand, actionCommand, cashCommand, holdCommand, ledgerCommand, portfolioCommand, ratesCommand])
    program.addCommand(command());
  const before = process.exitCode;
  try {
    await program.parseAsync([...args], { from: 'user' });
    return { code: Number(process.exitCode), ...told };
  } finally {
    process.exitCode = before;
    log.mockRestore();
    error.mockRestore();
  }
}

const asInvestor = () => ['--as', tenant.email];
const done = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await trii(...args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
  return out;
};
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await done(...args, '--json')) as T;
const refused = async (...args: readonly string[]): Promise<string> => {
  const { code, err } = await trii(...args);
  expect(code).not.toBe(0);
  return err;
};

it('cash payments, cancel: what goes through the bank, and what is taken back before it went', async () => {
  const { id: portfolioId } = tenant.portfolio;
  expect(await done('cash', 'payments', ...asInvestor())).toContain('went through the bank');
  const money = { portfolioId, bankAccountId, amount: '40.00', currency: 'USD' };
  const first = await call(handlers.cash.requestWithdrawal, money);
  const second = await call(handlers.cash.requestWithdrawal, money);
  expect(await done('cash', 'payments', portfolioId, ...asInvestor())).toMatch(/withdrawal +40 USD +pending/);
  expect(await done('cash', 'cancel', portfolioId, first.reference, ...asInvestor())).toBe(`${first.reference} is cancelled.\n`);
  await worker(systemHandlers.cash.clearPayment, { paymentId: second.id });
  expect(await refused('cash', 'cancel', portfolioId, second.id, ...asInvestor())).toContain('on its way to the bank');
  expect(await refused('cash', 'cancel', portfolioId, 'TNOSUCH', ...asInvestor())).toContain('no such payment');
  const { items } = await json<{ items: { id: string; status: string }[] }>(
    'cash',
    'payments',
    `Portfolio of ${tenant.actor.userId}`,
    ...asInvestor(),
  );
  expect(items.map(({ status }) => status)).toEqual(['SENDING', 'CANCELLED']);
});

it('cash open, assign, dismiss: what the bank said that fits nothing', async () => {
  expect(await done('cash', 'open')).toBe('Nothing is open.\n');
  const payment = await call(handlers.cash.announceDeposit, { portfolioId: tenant.portfolio.id, amount: '5.00', currency: 'USD' });
  for (const amount of ['5.00', '6.00']) platform.bank.say({ kind: 'SETTLED', reference: 'thanks', amount });
  await worker(systemHandlers.cash.receiveBankMessages, {});
  const work = async () => {
    const fresh = await platform.inspect<{ id: string }>(`SELECT id FROM bank_messages WHERE status = 'RECEIVED'`);
    for (const { id: messageId } of fresh) await worker(systemHandlers.cash.applyBankMessage, { messageId });
  };
  await work();
  expect(await done('cash', 'open')).toMatch(/settled +5 USD +thanks +UNKNOWN_REFERENCE/);
  const { items } = await json<{ items: { id: string; amount: string }[] }>('cash', 'open');
  const [five = '', six = ''] = ['5', '6'].map((amount) => items.find((item) => item.amount === amount)?.id);
  expect(await done('cash', 'assign', five, payment.id)).toContain('with the workers again');
  await work();
  expect(await done('cash', 'dismiss', six)).toContain('dismissed');
  expect(await done('cash', 'open')).toBe('Nothing is open.\n');
  expect(await refused('cash', 'dismiss', six)).toContain('booked or dismissed before');
});

it('hold place, list, release: money and units that are kept', async () => {
  const { id } = tenant.portfolio;
  const placed = await json<{ id: string }>('hold', 'place', id, '12.50', 'USD', '--reason', 'rent', ...asInvestor());
  expect(await done('hold', 'list', id, ...asInvestor())).toMatch(/investor +active +12.5 of 12.5 USD +never +rent/);
  expect(await done('hold', 'release', id, placed.id, ...asInvestor())).toBe(`${placed.id} is released.\n`);
  const { items } = await json<{ items: { id: string }[] }>('hold', 'list', id, ...asInvestor());
  expect(items.map((hold) => hold.id)).not.toContain(placed.id);
  expect(await done('hold', 'list', id, '--all', ...asInvestor())).toMatch(/investor +released/);
  expect(await refused('hold', 'place', id, '1', 'NOSUCH', '--reason', 'x', ...asInvestor())).toContain('no such thing');
  expect(await refused('hold', 'release', id, placed.id, ...asInvestor())).toContain('released or has expired');
});

it('portfolio show, ledger check, explain, export: what is there and where it comes from', async () => {
  const { id } = tenant.portfolio;
  expect(await done('portfolio', 'show', id, ...asInvestor())).toContain('cash');
  expect(await done('ledger', 'check')).toMatch(/^\d+ portfolios agree with their \d+ postings\.\n$/);
  expect(await done('ledger', 'explain', id, 'USD', ...asInvestor())).toContain('100000');
  const file = join(folder, 'ledger.csv');
  await done('ledger', 'export', id, '--format', 'csv', '--out', file, ...asInvestor());
  expect(await refused('ledger', 'explain', id, 'GBP', ...asInvestor())).toContain('No entry');
  expect(await refused('portfolio', 'show', 'no such', ...asInvestor())).toContain('this investor has');
  await platform.inspect('UPDATE portfolios SET cash_balance = cash_balance + 0.00000001 WHERE id = $1', [id]);
  const { code, out } = await trii('ledger', 'check');
  await platform.inspect('UPDATE portfolios SET cash_balance = cash_balance - 0.00000001 WHERE id = $1', [id]);
  expect([code, out]).toEqual([1, expect.stringContaining(`${id} cash_balance`)]);
});

it('rates set, import, pull, show, spread, policy: what one currency is worth in another, and what exchanging it costs', async () => {
  await done('rates', 'set', 'EUR', 'GBP', '0.87', '--as-of', '2018-05-25T12:00:00Z', '--source', 'desk');
  const csv = join(folder, 'rates.csv');
  writeFileSync(csv, 'from,to,rate,date\nUSD,COP,2878.02,2018-05-25\n');
  expect(await done('rates', 'import', csv)).toContain('1 rates entered');
  const bank = join(folder, 'eurofxref.csv');
  writeFileSync(bank, 'Date, JPY, BGN, \n25 May 2018, 127.64, 1.9558, \n');
  expect(await done('rates', 'pull', bank)).toMatch(
    /^European Central Bank, 2018-05-25T13:30:00.000Z: \d rates entered, 0 corrected, 0 as they were\.\n$/,
  );
  expect(await refused('rates', 'pull', csv)).toMatch(/not in the form that it publishes.*rates\.csv/);
  expect(await done('rates', 'show', ...asInvestor())).toMatch(/EUR +JPY +127.64 +2018-05-25T13:30:00.000Z +European Central Bank/);
  expect(await done('rates', 'show', 'GBP', 'EUR', ...asInvestor())).toMatch(
    /\(inverse\)\n {2}1 EUR = 0.87 GBP, 2018-05-25T12:00:00.000Z, desk/,
  );
  expect(await done('rates', 'spread', 'USD', 'EUR', '12.5')).toBe('EUR/USD costs 12.5 hundredths of a percent, either way round.\n');
  expect(await done('rates', 'policy', '--exchange-hours', '48')).toMatch(/no rate older than 48 hours\.\n.*\nEUR\/USD costs 12.5/);
  expect(await done('rates', 'policy', ...asInvestor())).toContain('EUR/USD costs 12.5');
  expect(await done('rates', 'spread', 'USD', 'EUR', 'default')).toBe('Every pair costs the same.\n');
  expect(await refused('rates', 'spread', 'USD', 'EUR', '-1')).toContain('arguments');
});

it('accruals set, rates, list: what cash earns', async () => {
  await done('accruals', 'set', 'interest', 'USD', '10000:250,100', '--from', '2018-05-01');
  expect(await done('accruals', 'rates', ...asInvestor())).toMatch(/interest +USD +2018-05-01/);
  expect(await done('accruals', 'list', tenant.portfolio.id, ...asInvestor())).toContain('interest in USD');
});

it('action add, list, cancel, apply: what happens to an instrument', async () => {
  const { id } = await json<{ id: string }>('action', 'add', 'DEMO', '--kind', 'SPLIT', '--ex', '2018-06-04', '--ratio', '2:1');
  expect(await done('action', 'list', 'DEMO', ...asInvestor())).toMatch(/2018-06-04 +DEMO +SPLIT/);
  expect(await done('action', 'apply')).toContain('jobs asked for');
  expect(await done('action', 'cancel', id)).toContain('is cancelled');
});
