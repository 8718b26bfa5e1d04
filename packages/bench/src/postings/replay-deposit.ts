import { invariant, newId } from '@trii/kernel';
import { type BareDatabase, bareStatement } from '../bare-database.ts';
import type { RecordedTransaction } from '../job/recording.ts';

const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g;

/** What one deposit said to the database, and for whom. */
export interface RecordedDeposit {
  readonly transactions: readonly RecordedTransaction[];
  readonly portfolioId: string;
  /** Ids that stay: the investor's. */
  readonly kept: readonly string[];
}

/** Says the same again over the plain driver, for a portfolio, with new ids for everything that the deposit made; each its own wherever it stands. */
export async function replayDeposit(database: BareDatabase, recorded: RecordedDeposit, portfolioId: string): Promise<void> {
  const ids = new Map<string, string>([[recorded.portfolioId, portfolioId], ...recorded.kept.map((id): [string, string] => [id, id])]);
  const idFor = (id: string): string => {
    const other = ids.get(id) ?? newId();
    ids.set(id, other);
    return other;
  };
  const renamed = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(UUID, idFor);
    return Array.isArray(value) ? value.map((each) => renamed(each)) : value;
  };
  for (const { session, mode, statements } of recorded.transactions)
    await database.transaction(session, mode, async (client) => {
      for (const { text, values } of statements) await client.query(bareStatement(mode, text, values.map(renamed)));
    });
}

/** A recording that lost a statement would make the other side look fast. */
export function assertDeposit({ transactions }: RecordedDeposit): void {
  for (const said of [
    /pg_advisory_xact_lock/,
    /SAVEPOINT/,
    /FOR NO KEY UPDATE/,
    /INTO postings/,
    /INTO outbox/,
    /audit_logs/,
    /INTO idempotency/,
  ])
    invariant(
      transactions.some(({ statements }) => statements.some(({ text }) => said.test(text))),
      `a deposit says ${String(said)}`,
    );
}
