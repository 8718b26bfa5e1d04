import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { newId } from '@trii/kernel';
import { createPortfolio, createTestDatabase, createUser } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entities } from './entities.ts';
import { User } from './identity/index.ts';
import { Portfolio } from './portfolio/index.ts';

let database: TestDatabase;
let orm: MikroORM;
let userId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await MikroORM.init({ clientUrl: database.urls.api, entities: [...entities], pool: { max: 2 }, ensureDatabase: false });
  ({ id: userId } = await createUser(database));
});
afterAll(async () => {
  await orm.close();
  await database.close();
});

const session = () => orm.em.fork({ session: { role: 'authenticated_user', variables: { 'app.user_id': userId } } });

test('a portfolio is opened, locked, read and renamed through its entity', async () => {
  const id = newId();
  await session().transactional(async (em) => {
    em.create(Portfolio, { id, userId, name: 'Old name', openedOn: '2018-01-02' });
  });
  await session().transactional(async (em) => {
    const portfolio = await em.findOneOrFail(Portfolio, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    expect([portfolio.userId, portfolio.cashBalance, portfolio.openedOn, portfolio.status]).toEqual([
      userId,
      '0.00000000',
      '2018-01-02',
      'ACTIVE',
    ]);
    portfolio.name = 'New name';
  });
  const found = await session().transactional((em) => em.find(Portfolio, { id }));
  expect(found.map(({ name }) => name)).toEqual(['New name']);
});

test('an account is read without what nobody may select', async () => {
  const user = await session().transactional((em) => em.findOneOrFail(User, { id: userId }));
  expect([user.id, user.kycStatus, user.operatorScopes, user.passwordHash]).toEqual([userId, 'VERIFIED', [], undefined]);
});

test('money cannot be written through an entity either', async () => {
  const { id } = await createPortfolio(database, { userId });
  const raise = session().transactional(async (em) => {
    const portfolio = await em.findOneOrFail(Portfolio, { id });
    portfolio.cashBalance = '1000000';
  });
  await expect(raise).rejects.toMatchObject({ code: '42501' });
});
