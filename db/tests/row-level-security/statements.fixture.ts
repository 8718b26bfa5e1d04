import { handlers, localOrigin } from '@trii/domain';
import type { CommandHandler, FeedHandler, QueryHandler } from '@trii/domain';
import { createTenant, createTestPlatform, fillExample, prepareWorld } from '@trii/testkit';
import type { Statement, Tenant, TestDatabase } from '@trii/testkit';
import { randomUUID as newId } from 'node:crypto';
import { expectation } from './expectation.fixture.ts';

type Handler = QueryHandler | CommandHandler | FeedHandler;

const investorHandlers = (): Handler[] =>
  Object.values(handlers)
    .flatMap((area) => Object.values(area) as Handler[])
    .filter(({ declaration }) => declaration.access.to !== 'operator');

const TENANT = new RegExp(`\\b(?:${Object.keys(expectation).join('|')})\\b`);

/** Each statement on tenant tables once, with the operation that sent it. */
export interface Watched {
  readonly operations: readonly string[];
  readonly statements: ReadonlyMap<string, Statement>;
  readonly tenant: Tenant;
}

/** Runs every operation that an investor can call, by its example, and keeps what it asks of the database. */
export async function watchOperations(database: TestDatabase): Promise<Watched> {
  const statements = new Map<string, Statement>();
  const operations: string[] = [];
  let operation = '';
  const platform = await createTestPlatform(database, {
    onStatement: (statement) => {
      if (statement.session.role !== 'authenticated_user' || !TENANT.test(statement.text)) return;
      statements.set(`${operation}: ${statement.text.replaceAll(/\s+/g, ' ').trim()}`, statement);
    },
  });
  try {
    const world = { database, platform };
    await prepareWorld(world);
    const tenant = await createTenant(world);
    for (const handler of investorHandlers()) {
      const { declaration } = handler;
      operation = declaration.name;
      operations.push(operation);
      // An operation that ends the session would leave none for the others.
      const caller = await createTenant(world);
      const input = await fillExample({ ...world, declaration, tenant: caller });
      const actor = declaration.access.to === 'public' ? ({ kind: 'anonymous' } as const) : caller.actor;
      const call = { actor, input, origin: localOrigin(newId()), idempotencyKey: newId() };
      if (declaration.kind === 'feed') {
        const ending = new AbortController();
        const feed = { ...call, signal: ending.signal, currentActor: () => Promise.resolve(actor) };
        await platform.executor.feed(handler as FeedHandler, feed).next();
        ending.abort();
      } else await platform.executor.run(handler as QueryHandler, call);
    }
    return { operations, statements, tenant };
  } finally {
    await platform.close();
  }
}

/** What screens of an investor ask for, and no operation does yet; each under the investor's role. */
export function expectedStatements({ actor, portfolio }: Tenant): ReadonlyMap<string, Statement> {
  const session = { role: 'authenticated_user', userId: actor.userId } as const;
  const statement = (text: string, ...values: unknown[]): Statement => ({ session, text, values });
  const { id } = portfolio;
  return new Map([
    ['my account', statement('SELECT email FROM users')],
    ['my sessions', statement('SELECT id FROM user_sessions WHERE is_active ORDER BY created_at DESC LIMIT 50')],
    ['my preferences', statement('SELECT * FROM user_preferences')],
    ['everything I hold', statement('SELECT * FROM positions WHERE quantity > 0')],
    ['positions of a portfolio', statement('SELECT * FROM positions WHERE portfolio_id = $1 AND quantity > 0', id)],
    ['one position', statement('SELECT * FROM positions WHERE portfolio_id = $1 AND instrument_id = $2', id, newId())],
    ['summary view', statement('SELECT * FROM v_portfolio_summary WHERE id = $1', id)],
    ['summary view of all my portfolios', statement('SELECT * FROM v_portfolio_summary')],
    [
      'trades of a portfolio by date',
      statement('SELECT * FROM trades WHERE portfolio_id = $1 AND executed_at < $2 ORDER BY executed_at DESC LIMIT 50', id, '2018-02-01'),
    ],
    ['my open orders', statement("SELECT * FROM trades WHERE status = 'PENDING' ORDER BY order_placed_at")],
    ['my newest trades', statement('SELECT * FROM trades ORDER BY executed_at DESC LIMIT 50')],
    ['an order by my own id of it', statement('SELECT * FROM trades WHERE client_order_id = $1', 'c1')],
    ['fills of a trade', statement('SELECT * FROM fills WHERE trade_id = $1', newId())],
    ['fills of a portfolio', statement('SELECT * FROM fills WHERE portfolio_id = $1 ORDER BY filled_at DESC LIMIT 50', id)],
    [
      'the ledger of a portfolio',
      statement(
        'SELECT * FROM postings WHERE portfolio_id = $1 AND effective_date >= $2 ORDER BY effective_date LIMIT 50',
        id,
        '2018-01-02',
      ),
    ],
    ['everything I ever posted', statement('SELECT count(*) FROM postings')],
    ['a ledger transaction', statement('SELECT * FROM postings WHERE transaction_id = $1', newId())],
    ['active holds of a portfolio', statement("SELECT * FROM holds WHERE portfolio_id = $1 AND status = 'ACTIVE'", id)],
    ['my active holds', statement("SELECT * FROM holds WHERE status = 'ACTIVE'")],
    [
      'snapshots of a portfolio',
      statement(
        'SELECT * FROM portfolio_snapshots WHERE portfolio_id = $1 AND snapshot_date BETWEEN $2 AND $3 ORDER BY snapshot_date',
        id,
        '2018-01-02',
        '2019-06-01',
      ),
    ],
    ['performance of a portfolio', statement("SELECT * FROM calculate_portfolio_performance($1, '2018-01-02', '2019-06-01')", id)],
    ['unread notifications', statement('SELECT * FROM notifications WHERE NOT is_read ORDER BY created_at DESC LIMIT 50')],
    ['how many are unread', statement('SELECT count(*) FROM notifications WHERE NOT is_read')],
    ['my newest notifications', statement('SELECT * FROM notifications ORDER BY created_at DESC LIMIT 50')],
    ['what was done in my name', statement('SELECT * FROM audit_logs ORDER BY created_at DESC LIMIT 50')],
    [
      'what was done to a portfolio',
      statement("SELECT * FROM audit_logs WHERE entity_type = 'PORTFOLIO' AND entity_id = $1 ORDER BY created_at DESC LIMIT 50", id),
    ],
    ['compliance of mine', statement('SELECT * FROM compliance_checks ORDER BY checked_at DESC LIMIT 50')],
    [
      'rebalancing of a portfolio',
      statement('SELECT * FROM rebalance_events WHERE portfolio_id = $1 ORDER BY started_at DESC LIMIT 50', id),
    ],
    ['my rebalancing', statement('SELECT * FROM rebalance_events ORDER BY started_at DESC LIMIT 50')],
  ]);
}
