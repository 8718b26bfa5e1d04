import { subscriptions } from '@trii/contract';
import { type Actor, createExecutor, type DatabaseSession, handlers, localOrigin, type TransactionHost } from '@trii/domain';
import { invariant, newId, systemClock } from '@trii/kernel';
import { recordingHost } from '../job/recording.ts';
import { noPorts, quietLogger } from '../quiet.ts';
import { assertDeposit, type RecordedDeposit } from './replay-deposit.ts';

/** Lines of one INSERT while the ledger is filled. */
const FILL_ROWS = 500_000;
const worker: DatabaseSession = { role: 'worker_role', userId: null };

/** One investor with portfolios to pay into. */
export interface LedgerWorld {
  readonly portfolioIds: readonly string[];
  /** Pays a cent into a portfolio, as a client's call does behind the door. */
  deposit(portfolioId: string): Promise<unknown>;
  /** One such deposit as it went to the database. */
  record(): Promise<RecordedDeposit>;
  /** Until the ledger has so many lines, half of them in the first portfolio. */
  fill(postings: number): Promise<void>;
  count(): Promise<number>;
}

export async function makeLedgerWorld(transactions: TransactionHost, portfolios: number): Promise<LedgerWorld> {
  const userId = newId();
  const portfolioIds = Array.from({ length: portfolios }, () => newId());
  await transactions.bulk(
    { role: 'anonymous_role', userId: null },
    // Nameless, so that no key has to open: nobody looks at who it is.
    ({ sql }) => sql`
      SELECT register_user(${userId}, ${`bench-${userId}@example.com`}, 'not-a-hash', NULL, NULL, 'CO', 'UTC', ${newId()}, 'unopened'::bytea, 'none')`,
  );
  await transactions.bulk(
    { role: 'authenticated_user', userId },
    ({ sql }) => sql`
      INSERT INTO portfolios (id, user_id, name, base_currency, opened_on)
      SELECT id, ${userId}, 'Bench', 'USD', '2024-01-02' FROM unnest(${portfolioIds}::uuid[]) AS id`,
  );
  const actor: Actor = { kind: 'user', userId, sessionId: newId(), permissions: ['read', 'write'] };
  const depositOn = (host: TransactionHost) => {
    const executor = createExecutor({ transactions: host, clock: systemClock, ports: noPorts, logger: quietLogger, subscriptions });
    return (portfolioId: string) =>
      executor.run(handlers.cash.deposit, {
        actor,
        input: { portfolioId, amount: '0.01', currency: 'USD' },
        origin: localOrigin(newId()),
        idempotencyKey: newId(),
      });
  };
  const count = () => countPostings(transactions);
  return {
    portfolioIds,
    deposit: depositOn(transactions),
    async record() {
      const { host, recorded } = recordingHost(transactions);
      const [portfolioId] = portfolioIds;
      invariant(portfolioId !== undefined, 'there is a portfolio');
      await depositOn(host)(portfolioId);
      const deposit = { transactions: recorded, portfolioId, kept: [userId] };
      assertDeposit(deposit);
      return deposit;
    },
    async fill(postings) {
      for (let left = postings - (await count()); left > 0; left -= FILL_ROWS)
        await insertDeposits(transactions, { userId, portfolioIds, deposits: Math.ceil(Math.min(left, FILL_ROWS) / 2) });
    },
    count,
  };
}

async function countPostings(transactions: TransactionHost): Promise<number> {
  const [row] = await transactions.read(worker, (sql) => sql<{ count: string }>`SELECT count(*) AS count FROM postings`);
  return Number(row?.count ?? 0);
}

interface Filling {
  readonly userId: string;
  readonly portfolioIds: readonly string[];
  readonly deposits: number;
}

/** Deposits of a cent on a day gone by, through the ledger's own trigger; their ids grow with time, as those of the platform do. */
async function insertDeposits(transactions: TransactionHost, { userId, portfolioIds, deposits }: Filling): Promise<void> {
  const first = newId();
  await transactions.bulk(
    worker,
    ({ sql }) => sql`
      INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, amount, kind, effective_date)
      SELECT gen_random_uuid(), overlay(${first}::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid, side, ${userId}::uuid,
        (${portfolioIds}::uuid[])[CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % ${portfolioIds.length} END],
        CASE side WHEN 1 THEN 'cash' ELSE 'external' END::ledger_account, 'USD', CASE side WHEN 1 THEN 0.01 ELSE -0.01 END, 'DEPOSIT', '2024-01-02'
      FROM generate_series(1, ${deposits}::int) AS n, generate_series(1, 2) AS side`,
  );
}
