import type { DatabaseSession, Sql, TransactionHost } from '@trii/domain';

/** A statement as the driver gets it: `a $1 b`, and what stands for $1. */
export interface Statement {
  readonly session: DatabaseSession;
  readonly text: string;
  readonly values: readonly unknown[];
}

export type OnStatement = (statement: Statement) => void;

/** The same transactions, telling of every statement that a handler writes as plain SQL. */
export function watchedTransactions(host: TransactionHost, onStatement: OnStatement): TransactionHost {
  const watched =
    (session: DatabaseSession, sql: Sql): Sql =>
    (strings, ...values) => {
      onStatement({ session, text: strings.reduce((text, part, index) => `${text}$${index}${part}`), values });
      return sql(strings, ...values);
    };
  return {
    read: (session, work) => host.read(session, (sql) => work(watched(session, sql))),
    begin: async (session) => {
      const transaction = await host.begin(session);
      return { ...transaction, sql: watched(session, transaction.sql) };
    },
    bulk: (session, work) => host.bulk(session, (transaction) => work({ ...transaction, sql: watched(session, transaction.sql) })),
  };
}
