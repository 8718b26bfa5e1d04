import type { Bank, BankMessage } from '@trii/domain';
import { manualClock, newId } from '@trii/kernel';
import { createTestDatabase, createTestPlatform, type TestDatabase, type TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { simulatedBank, type BankFaults } from './simulated-bank.ts';

let database: TestDatabase;
let platform: TestPlatform;
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

const NONE: BankFaults = { outage: 0, refusal: 0, rejection: 0, return: 0, duplicate: 0 };
const clock = manualClock('2026-01-15T12:00:00Z');
const bankOf = (faults: Partial<BankFaults> = {}, seed = 1): Bank =>
  simulatedBank({ transactions: platform.transactions, clock, seed, delayMsMax: 1_000, faults: { ...NONE, ...faults } });

const instructionOf = (key: string) =>
  ({ key, direction: 'WITHDRAWAL', reference: `R${key.slice(-8)}`, amount: '12.5', currency: 'USD', accountToken: 'sim-a' }) as const;

/** Everything it has to say of that payment by then, acknowledged as it comes. */
async function heard(bank: Bank, reference: string): Promise<BankMessage[]> {
  const told: BankMessage[] = [];
  for (let look = 0; look < 8; look += 1) {
    clock.advance(500);
    const messages = await bank.messages(100);
    told.push(...messages.filter((message) => message.reference === reference));
    await bank.acknowledge(messages.map(({ bankReference }) => bankReference));
  }
  return told;
}

test('takes a payment once by its key, and settles it once, whoever asks how often and from which process', async () => {
  const instruction = instructionOf(newId());
  const answers = await Promise.all(Array.from({ length: 5 }, () => bankOf().instruct(instruction)));
  expect(answers).toEqual(Array.from({ length: 5 }, () => ({ accepted: true })));
  const told = await heard(bankOf(), instruction.reference);
  expect(told.map(({ kind, amount, currency }) => `${kind} ${amount} ${currency}`)).toEqual(['SETTLED 12.50000000 USD']);
});

test('is away at the first try, and there at the next', async () => {
  const instruction = instructionOf(newId());
  await expect(bankOf({ outage: 1 }).instruct(instruction)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await bankOf({ outage: 1 }).instruct(instruction)).toEqual({ accepted: true });
});

test('refuses at once, and again when it is asked again', async () => {
  const instruction = instructionOf(newId());
  for (let turn = 0; turn < 2; turn += 1)
    expect(await bankOf({ refusal: 1 }).instruct(instruction)).toEqual({ accepted: false, reason: 'ACCOUNT_BLOCKED' });
  expect(await heard(bankOf(), instruction.reference)).toEqual([]);
});

test('rejects later, or returns what it settled, and says the same twice', async () => {
  const [rejected, returned] = [instructionOf(newId()), instructionOf(newId())];
  await bankOf({ rejection: 1 }).instruct(rejected);
  expect((await heard(bankOf(), rejected.reference)).map(({ kind }) => kind)).toEqual(['REJECTED']);
  await bankOf({ return: 1, duplicate: 1 }).instruct(returned);
  const told = await heard(bankOf(), returned.reference);
  expect(told.map(({ kind }) => kind).toSorted()).toEqual(['RETURNED', 'RETURNED', 'SETTLED', 'SETTLED']);
  expect(new Set(told.map(({ bankReference }) => bankReference)).size).toBe(2);
});

test('tells again what was not acknowledged', async () => {
  const instruction = instructionOf(newId());
  await bankOf().instruct(instruction);
  clock.advance(2_000);
  const first = await bankOf().messages(100);
  expect(first).not.toEqual([]);
  expect(await bankOf().messages(100)).toEqual(first);
});

test('gives the same token for the same account, another for another', async () => {
  const [account, other] = [
    { number: 'DE89370400440532013000', currency: 'USD' },
    { number: 'DE75512108001245126199', currency: 'USD' },
  ];
  const { token } = await bankOf().register(account);
  expect(await bankOf().register(account)).toEqual({ token });
  expect(token).not.toBe((await bankOf().register(other)).token);
  expect(token).not.toContain('3000');
});
