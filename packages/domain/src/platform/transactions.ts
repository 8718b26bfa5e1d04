import type { EntityManager } from '@mikro-orm/postgresql';

export type SessionRole = 'anonymous_role' | 'authenticated_user' | 'admin_role' | 'worker_role';

/** What row-level security sees: the role, and the user in `app.user_id`. */
export interface DatabaseSession {
  readonly role: SessionRole;
  readonly userId: string | null;
  /** Of who is signed in: a transaction does not begin for a session that has ended. @throws Failure UNAUTHENTICATED then */
  readonly sessionId?: string;
  /** For operations that declare `pii` alone: what the functions of personal data read in this transaction. */
  readonly keys?: SessionKeys;
}

/** Settings of one transaction by their names: `app.encryption_key`, `app.encryption_key_id`, `app.blind_index_key`. */
export interface SessionKeys {
  /** The subject's; left out when nobody's data is opened. */
  readonly encryption?: { readonly keyId: string; readonly key: string } | undefined;
  readonly blindIndex: string;
}

/**
 * Plain SQL as a template: every value becomes a bind parameter.
 * Rows come back as PostgreSQL prints them: numeric, bigint and timestamptz as strings, date as 'YYYY-MM-DD'; json parsed.
 */
export type Sql = <Row extends object = Record<string, unknown>>(
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => Promise<Row[]>;

/** A command's transaction: entities and plain SQL over one connection. */
export interface Transaction {
  readonly em: EntityManager;
  readonly sql: Sql;
  /** Takes the savepoint that a refusal goes back to. */
  savepoint(): Promise<void>;
  /** Undoes what the handler did, in the database and in the entity manager. */
  rollbackToSavepoint(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A chunk's transaction: plain SQL and COPY over one connection. */
export interface BulkTransaction {
  readonly sql: Sql;
  /** COPY ... FROM STDIN with back-pressure; resolves to the number of rows the server took. */
  copyFrom(statement: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<number>;
}

/** The one way to the database. Only the executor holds it. */
export interface TransactionHost {
  /** Read-only, one snapshot for all its statements. */
  read<T>(session: DatabaseSession, work: (sql: Sql) => Promise<T>): Promise<T>;
  begin(session: DatabaseSession): Promise<Transaction>;
  bulk<T>(session: DatabaseSession, work: (transaction: BulkTransaction) => Promise<T>): Promise<T>;
}
