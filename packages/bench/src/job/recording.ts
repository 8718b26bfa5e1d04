import type { DatabaseSession, Sql, TransactionHost } from '@trii/domain';
import { invariant, isUuid, newId } from '@trii/kernel';
import { type BareDatabase, bareStatement, type Mode, textOf } from '../bare-database.ts';

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** One transaction as it went to the database, its begin and commit understood. */
export interface RecordedTransaction {
  readonly session: DatabaseSession;
  readonly mode: Mode;
  readonly statements: Statement[];
}

/** Passes everything on and writes down what was said, transaction by transaction. */
export function recordingHost(host: TransactionHost): { readonly host: TransactionHost; readonly recorded: RecordedTransaction[] } {
  const recorded: RecordedTransaction[] = [];
  const start = (session: DatabaseSession, mode: Mode): Statement[] => {
    const statements: Statement[] = [];
    recorded.push({ session, mode, statements });
    return statements;
  };
  return {
    recorded,
    host: {
      read: (session, work) => {
        const statements = start(session, 'read');
        return host.read(session, (sql) => work(noting(sql, statements)));
      },
      bulk: (session, work) => {
        const statements = start(session, 'write');
        return host.bulk(session, (transaction) => work({ ...transaction, sql: noting(transaction.sql, statements) }));
      },
      async begin(session) {
        const statements = start(session, 'write');
        const transaction = await host.begin(session);
        return {
          ...transaction,
          sql: noting(transaction.sql, statements),
          savepoint: async () => {
            statements.push({ text: 'SAVEPOINT handler', values: [] });
            await transaction.savepoint();
          },
          rollbackToSavepoint: () => {
            throw new Error('only a run that ends well is worth recording');
          },
        };
      },
    },
  };
}

function noting(sql: Sql, statements: Statement[]): Sql {
  return (strings, ...values) => {
    statements.push({ text: textOf(strings), values });
    return sql(strings, ...values);
  };
}

/**
 * Says the same again over the plain driver, statement by statement, with other ids: `ids` maps those that name what the recorded run was about;
 * any other UUID was made for the run and is made anew.
 */
export async function replay(
  database: BareDatabase,
  recorded: readonly RecordedTransaction[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { session, mode, statements } of recorded)
    await database.transaction(session, mode, async (client) => {
      for (const { text, values } of statements)
        await client.query(
          bareStatement(
            mode,
            text,
            values.map((value) => renamed(value, ids)),
          ),
        );
    });
}

function renamed(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'string') return value;
  const other = [...ids].reduce((text, [from, to]) => text.replaceAll(from, to), value);
  return other === value && isUuid(value) ? newId() : other;
}

/** A recording that lost a statement would make the other side look fast. */
export function assertComplete(recorded: readonly RecordedTransaction[]): void {
  const [look, work, ...more] = recorded;
  invariant(
    look?.mode === 'read' && work?.mode === 'write' && more.length === 0,
    'a job looks whether it was done, then does it in one transaction',
  );
  for (const said of [
    /FROM deliveries/,
    /pg_advisory_xact_lock/,
    /SAVEPOINT/,
    /FOR UPDATE/,
    /UPDATE portfolios/,
    /audit_logs/,
    /INTO idempotency/,
    /UPDATE deliveries/,
  ])
    invariant(
      recorded.some(({ statements }) => statements.some(({ text }) => said.test(text))),
      `a job says ${String(said)}`,
    );
}
