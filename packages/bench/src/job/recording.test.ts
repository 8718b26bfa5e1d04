import type { BulkTransaction, Transaction, TransactionHost } from '@trii/domain';
import { isUuid, newId } from '@trii/kernel';
import { expect, test } from 'vitest';
import type { BareDatabase } from '../bare-database.ts';
import { recordingHost, replay } from './recording.ts';

const worker = { role: 'worker_role', userId: null } as const;
const nothing = () => Promise.resolve();
const sql = <Row extends object>(): Promise<Row[]> => Promise.resolve([]);
const host: TransactionHost = {
  read: (_session, work) => work(sql),
  bulk: (_session, work) => work({ sql, copyFrom: () => Promise.resolve(0) } satisfies BulkTransaction),
  begin: () =>
    Promise.resolve({
      sql,
      savepoint: nothing,
      rollbackToSavepoint: nothing,
      commit: nothing,
      rollback: nothing,
    } as Partial<Transaction> as Transaction),
};

/** A database that writes down what it is told. */
function listening() {
  const heard: unknown[] = [];
  const client = { query: (statement: unknown) => Promise.resolve(heard.push(statement)) };
  const database = {
    async transaction(session: unknown, mode: unknown, work: (client: never) => Promise<unknown>) {
      heard.push({ begin: mode, session });
      await work(client as never);
      heard.push('commit');
    },
    end: nothing,
  } as BareDatabase;
  return { heard, database };
}

test('a run is said again in the same order, transactions, texts and values', async () => {
  const { host: recording, recorded } = recordingHost(host);
  await recording.read(worker, (sql) => sql`SELECT ${1}, ${'two'}`);
  const transaction = await recording.begin(worker);
  await transaction.savepoint();
  await transaction.sql`UPDATE things SET size = ${3} WHERE name = ${'a'}`;
  await transaction.commit();
  const { heard, database } = listening();
  await replay(database, recorded, new Map());
  expect(heard).toEqual([
    { begin: 'read', session: worker },
    { name: expect.any(String), text: 'SELECT $1, $2', values: [1, 'two'] },
    'commit',
    { begin: 'write', session: worker },
    { text: 'SAVEPOINT handler', values: [] },
    { text: 'UPDATE things SET size = $1 WHERE name = $2', values: [3, 'a'] },
    'commit',
  ]);
});

test('ids of what the run was about are replaced, also inside texts; ids made for the run are made anew', async () => {
  const [event, otherEvent, made] = [newId(), newId(), newId()];
  const { host: recording, recorded } = recordingHost(host);
  await recording.bulk(worker, ({ sql }) => sql`INSERT INTO x VALUES (${made}, ${event}, ${`key|${event}`}, ${Buffer.from('hash')})`);
  const { heard, database } = listening();
  await replay(database, recorded, new Map([[event, otherEvent]]));
  const [, statement] = heard as [unknown, { values: unknown[] }];
  const [fresh, ...rest] = statement.values;
  expect(rest).toEqual([otherEvent, `key|${otherEvent}`, Buffer.from('hash')]);
  expect(fresh).not.toBe(made);
  expect(isUuid(String(fresh))).toBe(true);
});
