import { subscriptions } from '@trii/contract';
import { type Actor, createExecutor, type Executor, localOrigin, systemActor, type TransactionHost } from '@trii/domain';
import { closeOrm, createOrm, createTransactionHost } from '@trii/infra';
import { invariant, newId, systemClock } from '@trii/kernel';
import { Client } from 'pg';
import { type ImportDesk, openImportDesk } from '../import/import-desk.ts';
import type { BenchPlace } from '../claim.ts';
import { noPorts, quietLogger } from '../quiet.ts';
import { instrumentsOf } from './scale-size.ts';

/** Different ones, evenly spread over the whole population, so that neither the first nor one that is always at hand stands for all. */
const PICKED = 20;

export interface PickedInvestor {
  readonly actor: Actor;
  readonly portfolioId: string;
  readonly email: string;
  /** As the session's row has it. */
  readonly tokenHash: string;
}

export interface PickedInstrument {
  readonly id: string;
  readonly symbol: string;
}

/** A scaled database with what the platform's processes reach it by. */
export interface ScaleWorld extends AsyncDisposable {
  readonly portfolios: number;
  readonly investors: readonly PickedInvestor[];
  readonly instruments: readonly PickedInstrument[];
  readonly executor: Executor;
  readonly transactions: TransactionHost;
  readonly place: BenchPlace;
  readonly desk: ImportDesk;
  /** Prepares and clears up what no serving role may; never measured. */
  readonly admin: Client;
  call(input: unknown, actor?: Actor): { readonly actor: Actor; readonly origin: ReturnType<typeof localOrigin>; readonly input: unknown };
}

export async function openScaleWorld(place: BenchPlace, adminUrl: string, portfolios: number): Promise<ScaleWorld> {
  await using stack = new AsyncDisposableStack();
  const open = async (url: string) => {
    const orm = await createOrm({ url, poolSize: 2, applicationName: 'trii-scale' });
    stack.defer(() => closeOrm(orm));
    return orm;
  };
  const api = await open(place.servers.DATABASE_URL);
  const transactions = await createTransactionHost({
    anonymous_role: api,
    authenticated_user: api,
    admin_role: await open(place.servers.DATABASE_OPERATOR_URL),
    worker_role: await open(place.servers.DATABASE_WORKER_URL),
  });
  const desk = stack.use(await openImportDesk(place.servers));
  const admin = new Client({ connectionString: adminUrl, application_name: 'trii-scale' });
  await admin.connect();
  stack.defer(() => admin.end());
  const investors = await pickInvestors(
    admin,
    spread(portfolios, PICKED).map((no) => no + 1),
  );
  const instruments = await pickInstruments(admin, spread(instrumentsOf(portfolios), PICKED));
  const executor = createExecutor({ transactions, clock: systemClock, ports: noPorts, logger: quietLogger, subscriptions });
  const held = stack.move();
  return {
    portfolios,
    investors,
    instruments,
    executor,
    transactions,
    place,
    desk,
    admin,
    call: (input, actor = systemActor('scale')) => ({ actor, origin: localOrigin(newId()), input }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** `picked` of the numbers from 0 to count - 1. */
function spread(count: number, picked: number): number[] {
  return Array.from({ length: Math.min(picked, count) }, (_, index) => Math.floor(((index + 0.5) * count) / Math.min(picked, count)));
}

async function pickInvestors(admin: Client, numbers: readonly number[]): Promise<PickedInvestor[]> {
  const { rows } = await admin.query<{
    no: number;
    portfolio_id: string;
    user_id: string;
    email: string;
    session_id: string;
    token: string;
  }>(
    `SELECT n.no, p.id AS portfolio_id, u.id AS user_id, u.email, s.id AS session_id, s.session_token AS token
     FROM unnest($1::integer[]) AS n (no) JOIN portfolios p ON p.name = 'Scale ' || n.no JOIN users u ON u.id = p.user_id JOIN user_sessions s ON s.user_id = u.id
     ORDER BY n.no`,
    [numbers],
  );
  invariant(rows.length === numbers.length, 'every picked investor is there');
  return rows.map((row) => ({
    actor: { kind: 'user', userId: row.user_id, sessionId: row.session_id, permissions: ['read', 'write', 'trade'] },
    portfolioId: row.portfolio_id,
    email: row.email,
    tokenHash: row.token,
  }));
}

async function pickInstruments(admin: Client, numbers: readonly number[]): Promise<PickedInstrument[]> {
  const symbols = numbers.map((no) => `SCALE${String(no + 1).padStart(4, '0')}`);
  const { rows } = await admin.query<PickedInstrument>('SELECT id, symbol FROM instruments WHERE symbol = ANY($1) ORDER BY symbol', [
    symbols,
  ]);
  invariant(rows.length === numbers.length, 'every picked instrument is there');
  return rows;
}
