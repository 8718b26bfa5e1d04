import { callerOperations, type AnyDeclaration, jsonSchema } from '@trii/contract';
import { toFailure } from '@trii/domain';
import { newId } from '@trii/kernel';
import {
  createPortfolio,
  createTenant,
  createTestDatabase,
  createTestPlatform,
  fillExample,
  footprint,
  prepareWorld,
  type Tenant,
  type World,
} from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationsCaller, type OperationsCaller } from './tests/operations-caller.ts';

// Generated from the contract: a command that moves money tomorrow is sent all of this tomorrow.

let world: World;
let operations: OperationsCaller;
let owner: Tenant;
let other: Tenant;
beforeAll(async () => {
  const database = await createTestDatabase();
  const platform = await createTestPlatform(database);
  world = { database, platform };
  operations = operationsCaller(platform);
  await prepareWorld(world);
  owner = await createTenant(world);
  other = await createTenant(world);
});
afterAll(async () => {
  await world.platform.close();
  await world.database.close();
});

const propertiesOf = ({ input }: AnyDeclaration): Readonly<Record<string, { readonly pattern?: string }>> =>
  jsonSchema(input, 'input').properties as Readonly<Record<string, { readonly pattern?: string }>>;
const fieldsLike = (declaration: AnyDeclaration, isLike: (pattern: string) => boolean): string[] =>
  Object.entries(propertiesOf(declaration)).flatMap(([field, { pattern }]) => (pattern !== undefined && isLike(pattern) ? [field] : []));

/** As PositiveAmount and NonNegativeAmount are declared. */
const amountsOf = (declaration: AnyDeclaration) => fieldsLike(declaration, (pattern) => pattern.includes(String.raw`\d{1,12}(\.\d{1,8})?`));
const currenciesOf = (declaration: AnyDeclaration) => fieldsLike(declaration, (pattern) => pattern === '^[A-Z]{3}$');
const portfoliosOf = (declaration: AnyDeclaration): string[] =>
  ['portfolioId', 'fromPortfolioId', 'toPortfolioId'].filter((field) => Object.hasOwn(propertiesOf(declaration), field));

const moneyCommands = callerOperations
  .filter((declaration) => declaration.kind === 'command' && declaration.access.to === 'investor')
  .filter(
    (declaration) =>
      portfoliosOf(declaration).length > 0 && (amountsOf(declaration).length > 0 || declaration.errors.includes('DATE_OUT_OF_ORDER')),
  )
  .map((declaration) => [declaration.name, declaration] as const);

interface Told {
  readonly code: string;
  /** The fields that are named, if the input is what is wrong. */
  readonly paths: readonly string[];
  /** What the audit says of the call; null when it says nothing. */
  readonly audited: readonly string[] | null;
}

/** The call as the example would have it but for the change; when it fails, the books are as before. */
async function sent(declaration: AnyDeclaration, change: Readonly<Record<string, unknown>>): Promise<Told> {
  const input = { ...(await fillExample({ ...world, declaration, tenant: owner })), ...change };
  const before = await footprint(world.platform);
  const told = await tellOf(declaration, input);
  if (told.code !== 'done') expect(await footprint(world.platform)).toEqual(before);
  return told;
}

async function tellOf(declaration: AnyDeclaration, input: unknown): Promise<Told> {
  const { requestId, ...failed } = await failureOf(declaration, input);
  const rows = await auditOf([requestId]);
  return { ...failed, audited: rows.length === 0 || failed.code === 'done' ? null : rows };
}

async function failureOf(declaration: AnyDeclaration, input: unknown) {
  const requestId = newId();
  const error: unknown = await operations.call({ declaration, actor: owner.actor, input, requestId }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return { requestId, code: 'done', paths: [] };
  const { code, details } = toFailure(error);
  const issues = (details['issues'] ?? []) as readonly { readonly path: string }[];
  return { requestId, code, paths: issues.map(({ path }) => path) };
}

async function auditOf(requestIds: readonly string[]): Promise<string[]> {
  const rows = await world.platform.inspect<{ said: string }>(
    `SELECT outcome || ' ' || (new_values ->> 'refused') AS said FROM audit_logs WHERE request_id = ANY($1)`,
    [requestIds],
  );
  return rows.map(({ said }) => said);
}

/** Below zero, finer than any column, wider than any, and what is no decimal. */
const NO_AMOUNTS = ['-1', '0.000000001', '1000000000000', '1e3', '0x10', 'NaN', '', ' 1', '1,5', 1];
const NO_CURRENCIES = ['usd', 'US', 'USDT', ''];

test('there are commands that move money, or nothing below proves anything', () => {
  expect(moneyCommands.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'cash.deposit',
      'cash.withdraw',
      'cash.transfer',
      'portfolio.transferHolding',
      'portfolio.reverseEntry',
      'trading.recordTrade',
    ]),
  );
});

describe.each(moneyCommands)('%s', (_name, declaration) => {
  const amounts = amountsOf(declaration);
  const currencies = currenciesOf(declaration);

  test('names the amount or currency that is none, and writes nothing at all', async () => {
    const input = await fillExample({ ...world, declaration, tenant: owner });
    const before = await footprint(world.platform);
    const isFee = (field: string) => propertiesOf(declaration)[field]?.pattern?.startsWith(String.raw`^\d`) === true;
    const wrong = [
      ...amounts.flatMap((field) => (isFee(field) ? NO_AMOUNTS : [...NO_AMOUNTS, '0', '0.00000000']).map((value) => ({ field, value }))),
      ...currencies.flatMap((field) => NO_CURRENCIES.map((value) => ({ field, value }))),
    ];
    const asked: string[] = [];
    for (const { field, value } of wrong) {
      const { requestId, ...told } = await failureOf(declaration, { ...input, [field]: value });
      expect({ value, ...told }).toEqual({ value, code: 'INVALID_INPUT', paths: [field] });
      asked.push(requestId);
    }
    expect(await auditOf(asked)).toEqual([]);
    expect(await footprint(world.platform)).toEqual(before);
  });

  test('refuses what no currency is called, and more than there is or can be, with a code that it declares', async () => {
    const changes = [...amounts.map((field) => ({ [field]: '999999999999.99999999' })), ...currencies.map((field) => ({ [field]: 'XQQ' }))];
    for (const change of changes) {
      const { code, audited } = await sent(declaration, change);
      expect([change, declaration.errors.includes(code as (typeof declaration.errors)[number]), audited]).toEqual([
        change,
        true,
        [`refused ${code}`],
      ]);
    }
  });

  test('refuses a portfolio that is not there, another’s, and a closed one', async () => {
    for (const field of portfoliosOf(declaration)) {
      const closed = await createPortfolio(world.database, { userId: owner.actor.userId, openedOn: '2018-01-02' });
      await world.platform.inspect(`UPDATE portfolios SET status = 'CLOSED' WHERE id = $1`, [closed.id]);
      const refused = (code: string) => ({ code, paths: [], audited: [`refused ${code}`] });
      expect(await sent(declaration, { [field]: newId() })).toEqual(refused('NOT_FOUND'));
      expect(await sent(declaration, { [field]: other.portfolio.id })).toEqual(refused('NOT_FOUND'));
      expect(await sent(declaration, { [field]: closed.id })).toEqual(refused('PORTFOLIO_NOT_ACTIVE'));
    }
  });

  test('buys nothing for a suspended portfolio, and otherwise goes on', async () => {
    const { id } = owner.portfolio;
    await world.platform.inspect(`UPDATE portfolios SET status = 'SUSPENDED' WHERE id = $1`, [id]);
    const { code } = await sent(declaration, {});
    await world.platform.inspect(`UPDATE portfolios SET status = 'ACTIVE' WHERE id = $1`, [id]);
    expect(code).toBe(declaration.name === 'trading.recordTrade' ? 'PORTFOLIO_NOT_ACTIVE' : 'done');
  });
});

const dated = moneyCommands.filter(([, declaration]) => Object.hasOwn(propertiesOf(declaration), 'date'));

test.each(dated)('%s refuses a date that is to come, or before the opening', async (_name, declaration) => {
  const refused = (code: string) => ({ code, paths: [], audited: [`refused ${code}`] });
  expect(await sent(declaration, { date: '2018-05-26' })).toEqual(refused('DATE_IN_FUTURE'));
  expect(await sent(declaration, { date: '2017-12-29' })).toEqual(refused('DATE_BEFORE_OPENING'));
  expect(await sent(declaration, { date: '2018-02-30' })).toEqual({ code: 'INVALID_INPUT', paths: ['date'], audited: null });
});
