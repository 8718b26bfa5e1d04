import { handlers } from '../../handlers.ts';
import { systemActor } from '../../platform/index.ts';
import {
  callAs,
  createInstrument,
  createPortfolio,
  createTestDatabase,
  createTestPlatform,
  createUser,
  deposit,
  investorActor,
  operatorActor,
} from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { newId } from '@trii/kernel';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

const { decideKyc, erasePerson, me } = handlers.identity;
const { recordTrade } = handlers.trading;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let investor: CallAs;
let portfolioId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  await createInstrument(database, { symbol: 'TRK' });
  await callAs(platform, operatorActor())(handlers.platform.setValuationDate, { date: '2018-05-25' });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  userId = (await createUser(database, { kycStatus: 'PENDING' })).id;
  investor = callAs(platform, investorActor(userId));
  const portfolio = await createPortfolio(database, { userId });
  portfolioId = portfolio.id;
  await deposit(database, portfolio, { amount: '1000.00', date: '2018-01-02' });
});

const operator = operatorActor();
const decide = (decision: 'VERIFIED' | 'REJECTED', reason = 'Seen in person.', key?: string) =>
  callAs(platform, operator)(decideKyc, { userId, decision, reason }, key);
const trade = () => investor(recordTrade, { portfolioId, symbol: 'TRK', tradeType: 'BUY', quantity: '1', price: '10', date: '2018-01-03' });
const audits = (useCase: string) =>
  platform.inspect(
    'SELECT actor, user_id, outcome, new_values FROM audit_logs WHERE use_case = $1 AND user_id = $2 ORDER BY created_at, id',
    [useCase, userId],
  );

it('lets nobody trade who is not verified, says why, and notes the try', async () => {
  await expect(trade()).rejects.toMatchObject({ code: 'KYC_REQUIRED', details: { kycStatus: 'PENDING' } });
  expect(await audits(recordTrade.declaration.name)).toMatchObject([
    { outcome: 'denied', new_values: { refused: 'KYC_REQUIRED', kycStatus: 'PENDING' } },
  ]);
  expect(await platform.inspect('SELECT FROM trades WHERE user_id = $1', [userId])).toHaveLength(0);
});

it('counts from the next call on, both ways, under the key that was refused before too', async () => {
  const key = newId();
  const keyed = () =>
    investor(recordTrade, { portfolioId, symbol: 'TRK', tradeType: 'BUY', quantity: '1', price: '10', date: '2018-01-03' }, key);
  await expect(keyed()).rejects.toMatchObject({ code: 'KYC_REQUIRED' });
  expect(await decide('VERIFIED')).toMatchObject({ previousStatus: 'PENDING', kycStatus: 'VERIFIED' });
  await keyed();
  await decide('REJECTED', 'The passport has expired.');
  await expect(trade()).rejects.toMatchObject({ code: 'KYC_REQUIRED', details: { kycStatus: 'REJECTED' } });
  expect(await investor(me, {})).toMatchObject({ kycStatus: 'REJECTED' });
});

it('leaves everything but trading open: money that came is recorded, and goes back', async () => {
  await investor(handlers.cash.deposit, { portfolioId, amount: '5.00', currency: 'USD' });
  expect(await investor(handlers.cash.withdraw, { portfolioId, amount: '1005.00', currency: 'USD' })).toMatchObject({ cashBalance: '0' });
});

it('keeps every decision, its reason under the investor’s key alone, in the investor’s own trail', async () => {
  await decide('VERIFIED', 'Ada Lovelace came with passport X1234567.');
  await decide('REJECTED', 'Stolen.');
  const rows = await platform.inspect<{ previous_status: string; status: string; decided_by: string; reason_enc: Buffer }>(
    'SELECT previous_status, status, decided_by, reason_enc FROM kyc_decisions WHERE user_id = $1 ORDER BY decided_at, id',
    [userId],
  );
  expect(rows).toMatchObject([
    { previous_status: 'PENDING', status: 'VERIFIED', decided_by: `user:${operator.userId}` },
    { previous_status: 'VERIFIED', status: 'REJECTED' },
  ]);
  expect(rows.some(({ reason_enc: bytes }) => bytes.includes('X1234567'))).toBe(false);
  const trail = await audits(decideKyc.declaration.name);
  expect(trail).toMatchObject([
    { actor: `user:${operator.userId}`, outcome: 'ok', new_values: { kycStatus: 'VERIFIED' } },
    { new_values: { kycStatus: 'REJECTED' } },
  ]);
  expect(JSON.stringify(trail)).not.toContain('X1234567');
});

it('refuses to decide again what is so already, of nobody, and of somebody erased', async () => {
  const key = newId();
  const first = await decide('VERIFIED', 'Once.', key);
  expect(await decide('VERIFIED', 'Once.', key)).toEqual(first);
  await expect(decide('VERIFIED')).rejects.toMatchObject({ code: 'KYC_ALREADY_DECIDED', details: { kycStatus: 'VERIFIED' } });
  await investor(handlers.cash.withdraw, { portfolioId, amount: '1000.00', currency: 'USD' });
  await callAs(platform, systemActor('cli'))(erasePerson, { userId });
  await expect(decide('REJECTED')).rejects.toMatchObject({ code: 'PERSON_ERASED' });
  userId = newId();
  await expect(decide('VERIFIED')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
