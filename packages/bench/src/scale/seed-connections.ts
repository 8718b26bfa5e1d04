import { scaleSql } from '@trii/db';
import { CodedError } from '@trii/kernel';
import { Client } from 'pg';
import { scaleSessions } from './scale-size.ts';

export interface SeedPlace {
  /** A superuser, or a role with BYPASSRLS and all rights: row-level security is forced on the owner too, and no serving role may write for others. */
  readonly adminUrl: string;
  readonly ownerUrl: string;
}

export interface Lanes extends AsyncDisposable {
  readonly clients: readonly Client[];
  readonly first: Client;
  readonly owner: Client;
}

/** Connections that know the functions and tables of the load; that the database may be scaled was looked at. */
export async function openLanes({ adminUrl, ownerUrl }: SeedPlace, count: number): Promise<Lanes> {
  await using stack = new AsyncDisposableStack();
  const open = async (url: string): Promise<Client> => {
    const client = new Client({ connectionString: url, application_name: 'trii-seed-scale' });
    await client.connect();
    stack.defer(() => client.end());
    return client;
  };
  const first = await open(adminUrl);
  await assertMayBypass(first);
  await assertAlone(first);
  await prepareSession(first);
  await assertScalable(first);
  const clients = [first];
  while (clients.length < count) {
    const client = await open(adminUrl);
    await prepareSession(client);
    clients.push(client);
  }
  const owner = await open(ownerUrl);
  const held = stack.move();
  return { clients, first, owner, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function assertMayBypass(client: Client): Promise<void> {
  const { rows } = await client.query<{ may: boolean }>(
    'SELECT rolsuper OR rolbypassrls AS may FROM pg_roles WHERE rolname = current_user',
  );
  if (rows[0]?.may === true) return;
  throw new CodedError(
    'SCALE_NEEDS_ADMIN',
    'DATABASE_ADMIN_URL logs in as a role under row-level security: give it a superuser, or a role with BYPASSRLS and all rights on the tables.',
  );
}

/** Held by the connection until it ends, however it ends. */
async function assertAlone(client: Client): Promise<void> {
  const { rows } = await client.query<{ mine: boolean }>("SELECT pg_try_advisory_lock(hashtext('seed-scale')) AS mine");
  if (rows[0]?.mine === true) return;
  throw new CodedError('SCALE_BUSY', 'Another "trii seed --scale" fills this database. Wait until it has ended.');
}

async function prepareSession(client: Client): Promise<void> {
  // Only the last commit need be on the disk: a load that was cut off is run again.
  await client.query("SET timezone = 'UTC'; SET work_mem = '64MB'; SET synchronous_commit = off");
  await client.query(scaleSql('session'));
  const sessions = scaleSessions();
  await client.query(
    'INSERT INTO scale_sessions (no, date, closes_at, turn, is_last) SELECT * FROM unnest($1::integer[], $2::date[], $3::timestamptz[], $4::integer[], $5::boolean[])',
    [
      sessions.map(({ no }) => no),
      sessions.map(({ date }) => date),
      sessions.map(({ closesAt }) => closesAt),
      sessions.map(({ turn }) => turn),
      sessions.map(({ isLast }) => isLast),
    ],
  );
  await client.query('INSERT INTO scale_chunk VALUES (0, 0); ANALYZE scale_sessions, scale_chunk');
}

async function assertScalable(client: Client): Promise<void> {
  const { rows } = await client.query<{ found: string }>(scaleSql('refused'));
  const [other] = rows;
  if (other === undefined) return;
  throw new CodedError(
    'SCALE_DATABASE_IN_USE',
    `This database holds ${other.found}, which no scaled one has. Fill an empty one: "trii up --no-demo --data-dir FOLDER" with a new folder, then "trii seed --scale N --data-dir FOLDER".`,
    { details: other },
  );
}
