import {
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localOrigin, type Actor } from '../platform/index.ts';
import { listInstrumentHandler } from './list-instrument.ts';
import { instrumentsHandler } from './list-instruments.ts';

let database: TestDatabase;
let platform: TestPlatform;
let investor: Actor;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
  investor = investorActor((await createUser(database)).id);
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

const origin = localOrigin('request-1');
const list = (symbol: string, actor: Actor = operatorActor()) =>
  platform.executor.run(listInstrumentHandler, {
    actor,
    input: { symbol, name: `Name of ${symbol}`, type: 'ETF', exchangeCode: 'XNYS', currencyCode: 'USD' },
    origin,
  });
const page = (input: Record<string, unknown>) => platform.executor.run(instrumentsHandler, { actor: investor, input, origin });

it('makes an instrument known to every investor, and says who did', async () => {
  const operator = operatorActor();
  const listed = await list('AAA', operator);
  expect(listed).toEqual({
    id: listed.id,
    symbol: 'AAA',
    name: 'Name of AAA',
    type: 'ETF',
    exchangeCode: 'XNYS',
    currencyCode: 'USD',
    isTradeable: true,
  });
  expect((await page({})).items).toContainEqual(listed);
  const audits = await platform.inspect('SELECT actor, action, new_values FROM audit_logs WHERE entity_id = $1', [listed.id]);
  expect(audits).toEqual([
    {
      actor: `user:${operator.userId}`,
      action: 'CREATE',
      new_values: { symbol: 'AAA', type: 'ETF', exchangeCode: 'XNYS', currencyCode: 'USD' },
    },
  ]);
});

it('refuses a symbol that is taken, also in a race', async () => {
  await list('DUP');
  await expect(list('DUP')).rejects.toMatchObject({ code: 'SYMBOL_TAKEN', details: { symbol: 'DUP' } });
  const race = await Promise.allSettled([list('RACE'), list('RACE'), list('RACE')]);
  expect(race.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
});

it('is for operators', async () => {
  await expect(list('NOPE', investor)).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

it('pages through all instruments by symbol, each once', async () => {
  for (const symbol of ['P3', 'P1', 'P5', 'P2', 'P4']) await list(symbol);
  const seen: string[] = [];
  let cursor: string | null = 'P';
  for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
    const { items, nextCursor }: Awaited<ReturnType<typeof page>> = await page({ cursor, limit: 2 });
    expect(items.length).toBeLessThanOrEqual(2);
    seen.push(...items.map(({ symbol }) => symbol));
    cursor = nextCursor;
  }
  expect(seen.filter((symbol) => /^P\d$/.test(symbol))).toEqual(['P1', 'P2', 'P3', 'P4', 'P5']);
  expect(await page({ cursor: 'P5', limit: 500 })).toMatchObject({ nextCursor: null });
});
