import { describe, expect, it } from 'vitest';
import { readPreparation } from './environment.ts';

const logins = {
  DATABASE_OWNER_URL: 'postgres://trii_owner:o%40x@db.example:5432/trii',
  DATABASE_URL: 'postgresql://trii_api:a@db.example:5432/trii',
  DATABASE_OPERATOR_URL: 'postgres://trii_operator:p@db.example:5432/trii',
  DATABASE_WORKER_URL: 'postgres://trii_worker:w@db.example:5432/trii',
};
const administrator = { DATABASE_ADMIN_URL: 'postgres://postgres:s@db.example:5432/postgres' };

describe('what there is to prepare', () => {
  it("is only the schema with the owner's address alone", () => {
    const { DATABASE_OWNER_URL } = logins;
    expect(readPreparation({ DATABASE_OWNER_URL, DATABASE_ADMIN_URL: '' })).toEqual({ ownerUrl: DATABASE_OWNER_URL, bootstrap: undefined });
  });

  it("is roles too with an administrator's address, their passwords being those the processes log in with", () => {
    expect(readPreparation({ ...logins, ...administrator })).toEqual({
      ownerUrl: logins.DATABASE_OWNER_URL,
      bootstrap: {
        adminUrl: administrator.DATABASE_ADMIN_URL,
        database: 'trii',
        secrets: { trii_owner: 'o@x', trii_api: 'a', trii_operator: 'p', trii_worker: 'w' },
      },
    });
  });

  it.each([
    [{}, /DATABASE_OWNER_URL: /],
    [{ DATABASE_OWNER_URL: 'mysql://trii_owner:o@db.example/trii' }, /DATABASE_OWNER_URL: /],
    [{ ...logins, ...administrator, DATABASE_URL: undefined }, /DATABASE_URL: /],
    [{ ...logins, ...administrator, DATABASE_URL: logins.DATABASE_OWNER_URL }, /DATABASE_URL: logs in as "trii_owner", expected trii_api/],
    [
      { ...logins, ...administrator, DATABASE_WORKER_URL: 'postgres://trii_worker@db.example/trii' },
      /DATABASE_WORKER_URL: has no password/,
    ],
    [{ ...logins, ...administrator, DATABASE_WORKER_URL: 'postgres://trii_worker:w@db.example/other' }, /names another database/],
    [{ ...logins, ...administrator, DATABASE_OWNER_URL: 'postgres://trii_owner:o@db.example' }, /DATABASE_OWNER_URL: names no database/],
    [{ ...logins, DATABASE_ADMIN_URL: 'db.example' }, /DATABASE_ADMIN_URL: /],
  ])('is refused with the variable that is wrong (case %#)', (environment, says) => {
    expect(() => readPreparation(environment)).toThrow(says);
  });

  it('never shows a password in what it refuses', () => {
    const wrong = { ...logins, ...administrator, DATABASE_WORKER_URL: 'postgres://trii_api:verysecret@db.example/other' };
    expect(() => readPreparation(wrong)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('verysecret') }));
  });
});
