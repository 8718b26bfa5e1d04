import type { DatabaseSession, TransactionHost } from '@trii/domain';
import { invariant, newId } from '@trii/kernel';
import { PricesChanged, valuePortfolioJob } from './value-portfolio.ts';

const worker: DatabaseSession = { role: 'worker_role', userId: null };
const JOB = valuePortfolioJob.name;

/** Portfolios enough that jobs rarely meet at one. */
const PORTFOLIOS = 500;

/** Portfolios of one investor, written as the api would. */
export async function makePortfolios(api: TransactionHost): Promise<string[]> {
  const userId = newId();
  await api.bulk(
    { role: 'anonymous_role', userId: null },
    // Nameless, so that no key has to open: jobs never look at who it is.
    ({ sql }) => sql`
    SELECT register_user(${userId}, ${`bench-${userId}@example.com`}, 'not-a-hash', NULL, NULL, 'CO', 'UTC', ${newId()}, 'unopened'::bytea, 'none')`,
  );
  const ids = Array.from({ length: PORTFOLIOS }, () => newId());
  await api.bulk(
    { role: 'authenticated_user', userId },
    ({ sql }) => sql`
    INSERT INTO portfolios (id, user_id, name, base_currency, opened_on) SELECT id, ${userId}, 'Bench', 'USD', '2024-01-02' FROM unnest(${ids}::uuid[]) AS id`,
  );
  return ids;
}

/** Events with their deliveries, as commands would have left them for the relay; `count` of them. */
export async function leaveEvents(host: TransactionHost, portfolioIds: readonly string[], count: number): Promise<void> {
  const eventIds = Array.from({ length: count }, () => newId());
  const about = eventIds.map((_, index) => portfolioIds[index % portfolioIds.length] ?? '');
  await host.bulk(worker, async ({ sql }) => {
    await sql`
      INSERT INTO outbox (id, created_at, aggregate_type, aggregate_id, name, payload)
      SELECT e.id, now(), ${PricesChanged.aggregateType}, e.about, ${PricesChanged.name}, jsonb_build_object('portfolioId', e.about)
      FROM unnest(${eventIds}::uuid[], ${about}::uuid[]) AS e (id, about)`;
    await sql`
      INSERT INTO deliveries (event_id, job_name, event_created_at) SELECT id, ${JOB}, now() FROM unnest(${eventIds}::uuid[]) AS id`;
  });
}

/** Every job was done, and its portfolio written: a side that skipped work would look fast. */
export async function assertAllDone(host: TransactionHost): Promise<void> {
  const [open] = await host.read(
    worker,
    (sql) => sql<{ count: number }>`
    SELECT count(*)::int AS count FROM deliveries WHERE job_name = ${JOB} AND status <> 'done'`,
  );
  invariant(open?.count === 0, `all deliveries are done after a sample, but ${open?.count} are not`);
}
