import { createTestDatabase, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGaps } from './guard.fixture.ts';
import { differences, runMatrix } from './matrix.fixture.ts';
import { installRunner } from './sessions.fixture.ts';
import { writeSubjects } from './subjects.fixture.ts';
import type { Subjects } from './subjects.fixture.ts';

// Guard and matrix are only as good as what they find: here every gap they are for is made, in a database that is thrown away.
let database: TestDatabase;
let subjects: Subjects;
beforeAll(async () => {
  database = await createTestDatabase();
  await installRunner(database);
  subjects = await writeSubjects(database);
});
afterAll(() => database.close());

/** What the guard says with that change, which is then undone. */
const gapsWith = (change: string): Promise<string[]> =>
  withClient(database.urls.owner, async (owner) => {
    await owner.query('BEGIN');
    await owner.query(change);
    const gaps = await findGaps(owner);
    await owner.query('ROLLBACK');
    return gaps;
  });

const TIPS = 'CREATE TABLE tips (id uuid PRIMARY KEY, user_id uuid NOT NULL)';
const EXACTLY = '(user_id = ( SELECT app_user_id() AS app_user_id))';

describe('the guard', () => {
  test('is content with the migrated database', async () => {
    expect(await gapsWith('SELECT 1')).toEqual([]);
  });

  test.each<readonly [planted: string, change: string, gaps: readonly string[]]>([
    [
      'a new table with user_id and nothing else',
      TIPS,
      [
        'tips: not in the expectation',
        'tips: row-level security is not enabled',
        'tips: row-level security is not forced on its owner',
        'tips: has no policy',
      ],
    ],
    [
      'a new table with row-level security that its owner escapes',
      `${TIPS}; ALTER TABLE tips ENABLE ROW LEVEL SECURITY`,
      ['tips: not in the expectation', 'tips: row-level security is not forced on its owner', 'tips: has no policy'],
    ],
    [
      'a new table that names nobody but hangs on a portfolio',
      'CREATE TABLE remarks (id uuid PRIMARY KEY, portfolio uuid REFERENCES portfolios (id))',
      [
        'remarks: not in the expectation',
        'remarks: no column user_id says whose a row is',
        'remarks: row-level security is not enabled',
        'remarks: row-level security is not forced on its owner',
        'remarks: has no policy',
      ],
    ],
    ['a new column of a known table', 'ALTER TABLE trades ADD COLUMN remark text', ['trades.remark: not in the expectation']],
    [
      'a known table that is gone',
      'DROP TABLE rebalance_events',
      ['rebalance_events: the expectation names it, the database has no tenant data of that name'],
    ],
    ['row-level security switched off', 'ALTER TABLE trades DISABLE ROW LEVEL SECURITY', ['trades: row-level security is not enabled']],
    [
      'row-level security not forced',
      'ALTER TABLE trades NO FORCE ROW LEVEL SECURITY',
      ['trades: row-level security is not forced on its owner'],
    ],
    [
      'a policy that opens every row to investors',
      'ALTER POLICY user_trades ON trades USING (true)',
      [`trades: policy user_trades opens rows to authenticated_user by true, not by ${EXACTLY}`],
    ],
    [
      'a policy that lets investors write in the name of others',
      'ALTER POLICY user_trades ON trades WITH CHECK (true)',
      [`trades: policy user_trades opens rows to authenticated_user by true, not by ${EXACTLY}`],
    ],
    [
      'a second policy beside the good one',
      'CREATE POLICY shared ON trades TO authenticated_user USING (portfolio_id IS NOT NULL)',
      [`trades: policy shared opens rows to authenticated_user by (portfolio_id IS NOT NULL), not by ${EXACTLY}`],
    ],
    [
      'a policy for everybody',
      'CREATE POLICY shared ON trades USING (true)',
      ['trades: policy shared opens rows to PUBLIC, to whom the expectation gives none'],
    ],
    [
      'a view that runs as its owner',
      'CREATE VIEW v_trades AS SELECT * FROM trades GROUP BY id',
      [
        'v_trades: not in the expectation',
        'v_trades: runs as its owner, past the policies of who asks; make it WITH (security_invoker = true)',
      ],
    ],
    [
      'a view that can be written through',
      'CREATE VIEW v_trades WITH (security_invoker = true) AS SELECT * FROM trades',
      ['v_trades: not in the expectation', 'v_trades: can be written through, which the matrix does not try'],
    ],
    [
      'a view over a known view',
      'CREATE VIEW v_names AS SELECT DISTINCT name FROM v_portfolio_summary',
      [
        'v_names: not in the expectation',
        'v_names: runs as its owner, past the policies of who asks; make it WITH (security_invoker = true)',
      ],
    ],
    [
      'a known view made anew without security_invoker',
      'ALTER VIEW v_portfolio_summary RESET (security_invoker)',
      ['v_portfolio_summary: runs as its owner, past the policies of who asks; make it WITH (security_invoker = true)'],
    ],
    [
      'a materialised view',
      'CREATE MATERIALIZED VIEW totals AS SELECT user_id, sum(total_value) FROM portfolios GROUP BY 1',
      ['totals: not in the expectation', 'totals: a materialized view knows no row-level security'],
    ],
    [
      'a partition that investors reach directly',
      'GRANT SELECT (id) ON portfolio_snapshots_2020 TO authenticated_user',
      ["portfolio_snapshots_2020: authenticated_user reaches the partition past its parent's policies (SELECT)"],
    ],
    [
      'a grant to everybody',
      'GRANT SELECT (id) ON trades TO PUBLIC',
      ['trades: PUBLIC holds SELECT, to whom the expectation gives nothing'],
    ],
    ['a grant to a login', 'GRANT INSERT ON trades TO trii_api', ['trades: trii_api holds INSERT, to whom the expectation gives nothing']],
    [
      'a function that runs as its owner',
      "CREATE FUNCTION peek() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT 'x' $$",
      ['peek(): touches tenant data as its owner and is not among the expected functions'],
    ],
    [
      'a function that reads positions through another',
      `CREATE FUNCTION held() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM positions $$;
       CREATE FUNCTION holds_any() RETURNS boolean LANGUAGE sql AS $$ SELECT held() > 0 $$`,
      [
        'held(): touches tenant data and is not among the expected functions',
        'holds_any(): touches tenant data and is not among the expected functions',
      ],
    ],
    [
      'a known function opened to everybody',
      'GRANT EXECUTE ON FUNCTION calculate_portfolio_performance(uuid, date, date) TO PUBLIC',
      [
        'calculate_portfolio_performance(): found definer false, callers PUBLIC, admin_role, authenticated_user, worker_role, which is not what is expected',
      ],
    ],
  ])('reports %s', async (_planted, change, gaps) => {
    expect(await gapsWith(change)).toEqual(gaps);
  });
});

interface Planted {
  readonly planted: string;
  readonly change: string;
  readonly undo: string;
  readonly relation: string;
  readonly difference: string;
}

describe('the matrix', () => {
  test.each<Planted>([
    {
      planted: 'a column granted too much',
      change: 'GRANT SELECT (password_hash) ON users TO authenticated_user',
      undo: 'REVOKE SELECT (password_hash) ON users FROM authenticated_user',
      relation: 'users',
      difference: 'users: select password_hash as authenticated_user, owner of the row: allowed, expected refused',
    },
    {
      planted: 'a column granted too little',
      change: 'REVOKE UPDATE (name) ON portfolios FROM authenticated_user',
      undo: 'GRANT UPDATE (name) ON portfolios TO authenticated_user',
      relation: 'portfolios',
      difference: 'portfolios: update name as authenticated_user, owner of the row: refused, expected allowed',
    },
    {
      planted: 'money that an investor may set',
      change: 'GRANT UPDATE (cash_balance) ON portfolios TO authenticated_user',
      undo: 'REVOKE UPDATE (cash_balance) ON portfolios FROM authenticated_user',
      relation: 'portfolios',
      difference: 'portfolios: update cash_balance as authenticated_user, owner of the row: allowed, expected refused',
    },
    {
      planted: 'a policy that opens the rows of others',
      change: 'CREATE POLICY shared ON trades TO authenticated_user USING (true)',
      undo: 'DROP POLICY shared ON trades',
      relation: 'trades',
      difference: 'trades: select price as authenticated_user, another user: allowed, expected nothing',
    },
    {
      planted: 'a policy that opens rows to nobody in particular',
      change: 'CREATE POLICY shared ON trades TO authenticated_user USING ((SELECT app_user_id()) IS NULL)',
      undo: 'DROP POLICY shared ON trades',
      relation: 'trades',
      difference: 'trades: select price as authenticated_user, nobody, after the owner committed: allowed, expected nothing',
    },
    {
      planted: 'a view that runs as its owner',
      change: 'ALTER VIEW v_portfolio_summary RESET (security_invoker); ALTER TABLE portfolios NO FORCE ROW LEVEL SECURITY',
      undo: 'ALTER VIEW v_portfolio_summary SET (security_invoker = true); ALTER TABLE portfolios FORCE ROW LEVEL SECURITY',
      relation: 'v_portfolio_summary',
      difference: 'v_portfolio_summary: select total_value as authenticated_user, another user: allowed, expected nothing',
    },
    {
      planted: 'a ledger that can be emptied',
      change: 'GRANT TRUNCATE ON postings TO worker_role',
      undo: 'REVOKE TRUNCATE ON postings FROM worker_role',
      relation: 'postings',
      difference: 'postings: truncate as worker_role, nobody: allowed, expected refused',
    },
    {
      planted: 'a partition granted',
      change: 'GRANT SELECT ON portfolio_snapshots_2020 TO authenticated_user',
      undo: 'REVOKE SELECT ON portfolio_snapshots_2020 FROM authenticated_user',
      relation: 'portfolio_snapshots_2020',
      difference: 'portfolio_snapshots_2020: select as authenticated_user, another user: allowed, expected refused',
    },
  ])('finds $planted', async ({ change, undo, relation, difference }) => {
    const scope = { relations: [relation], roles: ['authenticated_user', 'worker_role'] } as const;
    await withClient(database.urls.owner, (owner) => owner.query(change));
    try {
      expect(differences((await runMatrix(database, subjects, scope)).cells)).toContain(difference);
    } finally {
      await withClient(database.urls.owner, (owner) => owner.query(undo));
    }
  });

  test('finds nothing once all of that is undone', async () => {
    const relations = ['users', 'portfolios', 'trades', 'postings', 'v_portfolio_summary'];
    const { cells } = await runMatrix(database, subjects, { relations, roles: ['authenticated_user', 'worker_role'] });
    expect(differences(cells)).toEqual([]);
  });
});
