import { describe, expect, it } from 'vitest';
import { migrationFiles } from '../src/migration-files.ts';

// A migration runs as the owner, whom FORCE ROW LEVEL SECURITY binds too: a change of a tenant's rows does nothing then, and says nothing.

const quoted = /\$(\w*)\$[^]*?\$\1\$/g;

/** Tables whose rows a migration's own statements read or change while no row of theirs is seen. */
function unseenIn(sql: string, tenantTables: ReadonlySet<string>): string[] {
  const statements = sql.replaceAll(quoted, '').replaceAll(/--.*/g, '').split(';');
  const seen = new Set<string>();
  const unseen: string[] = [];
  for (const statement of statements) {
    const change = /^\s*ALTER TABLE (\w+) (NO )?FORCE ROW LEVEL SECURITY/.exec(statement);
    if (change?.[1] !== undefined) {
      if (change[2] === undefined) seen.delete(change[1]);
      else seen.add(change[1]);
    }
    const policy = /^\s*CREATE POLICY owner_of_migration ON (\w+)/.exec(statement)?.[1];
    if (policy !== undefined) seen.add(policy);
    if (!/^\s*(?:UPDATE|DELETE|INSERT|MERGE|WITH)\b/.test(statement)) continue;
    for (const [, table = ''] of statement.matchAll(/\b(?:UPDATE|FROM|INTO|JOIN|USING)\s+(\w+)/g))
      if (tenantTables.has(table) && !seen.has(table)) unseen.push(table);
  }
  return [...new Set(unseen)];
}

const tenants = new Set(['payments', 'portfolios']);

describe('the look for unseen rows', () => {
  it.each([
    ["UPDATE payments SET status = 'SENT'", ['payments']],
    ['DELETE FROM payments', ['payments']],
    ['INSERT INTO marks SELECT id FROM payments JOIN portfolios ON true', ['payments', 'portfolios']],
    [
      'ALTER TABLE payments NO FORCE ROW LEVEL SECURITY; ALTER TABLE payments FORCE ROW LEVEL SECURITY; UPDATE payments SET a = 1',
      ['payments'],
    ],
  ])('finds them in %s', (sql, expected) => expect(unseenIn(sql, tenants)).toEqual(expected));

  it.each([
    'ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;\nUPDATE payments SET a = 1;',
    'CREATE POLICY owner_of_migration ON payments FOR SELECT TO CURRENT_USER USING (true); INSERT INTO marks SELECT id FROM payments',
    'CREATE FUNCTION f() RETURNS void AS $$ BEGIN UPDATE payments SET a = 1; END $$',
    'UPDATE instruments SET a = 1',
    '-- UPDATE payments SET a = 1;',
  ])('finds none in %s', (sql) => expect(unseenIn(sql, tenants)).toEqual([]));
});

describe.each(['native', 'timescale'] as const)('migrations of %s', (engine) => {
  const files = migrationFiles(engine).map(({ name, statements }) => ({ name, sql: statements.join(';\n') }));
  /** Every table with a column that says whose a row is. */
  const tenantTables = new Set(
    files.flatMap(({ sql }) =>
      [...sql.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([^;]*)/g)].flatMap(([, table = '', body = '']) =>
        table === 'users' || /\buser_id uuid\b/.test(body) ? [table] : [],
      ),
    ),
  );

  it('are read for the tables of tenants', () => {
    for (const table of ['users', 'portfolios', 'postings', 'payments', 'audit_logs', 'portfolio_snapshots'])
      expect(tenantTables).toContain(table);
    expect(tenantTables).not.toContain('instruments');
  });

  it('change no tenant’s rows unseen', () => {
    const found = files.flatMap(({ name, sql }) => unseenIn(sql, tenantTables).map((table) => `${name}: ${table}`));
    expect(found).toEqual([]);
  });
});
