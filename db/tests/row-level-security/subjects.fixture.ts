import { randomUUID as newId } from 'node:crypto';
import { withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { escapeIdentifier } from 'pg';
import type { ClientBase } from 'pg';
import { tenantRelations } from './catalog.fixture.ts';
import type { TenantRelation } from './catalog.fixture.ts';
import type { RelationRows } from './probes.fixture.ts';
import { sampleRows } from './sample-rows.fixture.ts';
import type { Row, Subject } from './sample-rows.fixture.ts';

/** Ada has a row everywhere, Bob too; Cleo has what rows hang on, and the rows to be inserted are hers. */
export interface Subjects {
  readonly ada: Subject;
  readonly bob: Subject;
  readonly cleo: Subject;
  /** By relation: Ada's row, and one for Cleo. */
  readonly rows: ReadonlyMap<string, RelationRows>;
}

const PARENTS = ['users', 'portfolios', 'trades', 'kyc_submissions'];

export async function writeSubjects(database: TestDatabase): Promise<Subjects> {
  return withClient(database.urls.admin, async (admin) => {
    const instrumentId = newId();
    await admin.query("INSERT INTO instruments (id, symbol, name, type, currency_code) VALUES ($1, 'RLS', 'rls', 'STOCK', 'USD')", [
      instrumentId,
    ]);
    await admin.query(
      "INSERT INTO corporate_actions (id, instrument_id, kind, ex_date, ratio_from, ratio_to) VALUES ($1, $1, 'SPLIT', '2026-01-15', 1, 2)",
      [instrumentId],
    );
    const columns = new Map((await tenantRelations(admin)).map((relation) => [relation.name, relation]));
    const subject = (): Subject => ({ userId: newId(), portfolioId: newId(), tradeId: newId(), submissionId: newId(), instrumentId });
    const [ada, bob, cleo] = [subject(), subject(), subject()];
    const adas = sampleRows(ada, standing(ada));
    const parents = sampleRows(cleo, standing(cleo));
    await admin.query('BEGIN');
    // As a restore does it: the ledger's trigger would count again what the rows say already.
    await admin.query('SET LOCAL session_replication_role = replica');
    for (const rows of [adas, sampleRows(bob, standing(bob)), Object.fromEntries(PARENTS.map((table) => [table, parents[table] ?? []]))]) {
      await writeRows(admin, rows, columns);
    }
    await admin.query('COMMIT');
    await admin.query('ANALYZE');
    const comes = sampleRows(cleo, () => newId());
    const rows = new Map(Object.keys(adas).map((table) => [table, { stands: adas[table] ?? [], comes: comes[table] ?? [] }]));
    return { ada, bob, cleo, rows };
  });
}

const standing = ({ userId, portfolioId, tradeId, submissionId }: Subject) => {
  const known: Readonly<Record<string, string>> = {
    users: userId,
    portfolios: portfolioId,
    trades: tradeId,
    kyc_submissions: submissionId,
  };
  return (table: string): string => known[table] ?? newId();
};

async function writeRows(
  admin: ClientBase,
  rows: Record<string, readonly Row[]>,
  relations: ReadonlyMap<string, TenantRelation>,
): Promise<void> {
  for (const [table, ofTable] of Object.entries(rows)) {
    const generated = new Set(
      relations
        .get(table)
        ?.columns.filter((column) => column.generated)
        .map(({ name }) => name),
    );
    for (const row of ofTable) {
      const given = Object.entries(row).filter(([name]) => !generated.has(name));
      const names = given.map(([name]) => escapeIdentifier(name)).join(', ');
      const values = given.map((_, index) => `$${index + 1}`).join(', ');
      await admin.query(
        `INSERT INTO ${escapeIdentifier(table)} (${names}) VALUES (${values})`,
        given.map(([, value]) => value),
      );
    }
  }
}
