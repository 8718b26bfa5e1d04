import { withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import type { ClientBase } from 'pg';
import type { Probe } from './probes.fixture.ts';
import type { Role } from './right.fixture.ts';

/** Who is named in `app.user_id`, and what the connection did before. */
export interface Session {
  readonly name: string;
  /** null: the variable is not touched. */
  readonly names: 'owner' | 'other' | 'empty' | 'malformed' | null;
  /** How a transaction of the owner ended on this very connection, just before. */
  readonly ownerBefore?: 'COMMIT' | 'ROLLBACK';
}

export const SESSIONS: readonly Session[] = [
  { name: 'owner of the row', names: 'owner' },
  { name: 'another user', names: 'other' },
  { name: 'nobody', names: null },
  { name: 'an empty text', names: 'empty' },
  { name: 'a malformed text', names: 'malformed' },
  { name: 'nobody, after the owner committed', names: null, ownerBefore: 'COMMIT' },
  { name: 'nobody, after the owner rolled back', names: null, ownerBefore: 'ROLLBACK' },
  { name: 'another user, after the owner committed', names: 'other', ownerBefore: 'COMMIT' },
  { name: 'another user, after the owner rolled back', names: 'other', ownerBefore: 'ROLLBACK' },
  { name: 'owner of the row, after another user', names: 'owner', ownerBefore: 'COMMIT' },
];

export interface Found {
  readonly sqlstate: string;
  readonly affected: number;
}

/** The owner of the row that a probe is about, and whoever else there is. */
export interface People {
  readonly owner: string;
  readonly other: string;
}

const LOGIN_OF: Readonly<Record<Role, 'api' | 'operator' | 'worker' | 'owner'>> = {
  anonymous_role: 'api',
  authenticated_user: 'api',
  admin_role: 'operator',
  worker_role: 'worker',
  // Nobody who serves becomes it; whoever migrates hands functions over to it.
  definer_role: 'owner',
  trii_api: 'api',
  trii_operator: 'operator',
  trii_worker: 'worker',
  trii_owner: 'owner',
};

/** Each statement in a subtransaction of its own, undone whatever became of it; in the server, since there are some ten thousand. */
const RUNNER = `
  CREATE SCHEMA rls_probe;
  GRANT USAGE, CREATE ON SCHEMA rls_probe TO PUBLIC;
  CREATE FUNCTION rls_probe.run(statements text[]) RETURNS TABLE (code text, affected bigint) LANGUAGE plpgsql SECURITY INVOKER AS $$
  DECLARE statement text;
  BEGIN
    FOREACH statement IN ARRAY statements LOOP
      BEGIN
        EXECUTE statement;
        GET DIAGNOSTICS affected = ROW_COUNT;
        RAISE EXCEPTION USING ERRCODE = 'RB000';
      EXCEPTION
        WHEN SQLSTATE 'RB000' THEN code := '00000';
        WHEN OTHERS THEN code := SQLSTATE; affected := 0;
      END;
      RETURN NEXT;
    END LOOP;
  END $$;
  GRANT EXECUTE ON FUNCTION rls_probe.run(text[]) TO PUBLIC`;

export async function installRunner(database: TestDatabase): Promise<void> {
  await withClient(database.urls.admin, (admin) => admin.query(RUNNER));
}

export interface Trial {
  readonly role: Role;
  readonly session: Session;
  readonly people: People;
}

/** Runs the probes as that role in that session, on one new connection. */
export async function tryAs(database: TestDatabase, { role, session, people }: Trial, probes: readonly Probe[]): Promise<Found[]> {
  return withClient(database.urls[LOGIN_OF[role]], async (client) => {
    if (session.ownerBefore !== undefined) {
      await open(client, role, session.names === 'owner' ? people.other : people.owner);
      await run(client, probes.slice(0, 20));
      await client.query(session.ownerBefore);
    }
    await open(client, role, named(session, people));
    const found = await run(client, probes);
    await client.query('ROLLBACK');
    return found;
  });
}

/** Append-only tables refuse replicas too, until somebody who may takes their triggers away. */
const WITHOUT_KEEPING = `DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'refuse_change()'::regprocedure LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', t);
  END LOOP;
END $$`;

/**
 * The same statements as a superuser: what no serving role may do must at least be possible, or its denial says nothing. Without triggers, where
 * one of them is the very denial.
 */
export async function tryAsAdministrator(database: TestDatabase, probes: readonly Probe[]): Promise<Found[]> {
  return withClient(database.urls.admin, async (client) => {
    await client.query('BEGIN');
    const found = await run(client, probes);
    await client.query(`SET LOCAL session_replication_role = replica; ${WITHOUT_KEEPING}`);
    const without = await run(client, probes);
    await client.query('ROLLBACK');
    return found.map((of, index) => (of.sqlstate === '00000' ? of : (without[index] ?? of)));
  });
}

function named({ names }: Session, { owner, other }: People): string | null {
  if (names === 'owner') return owner;
  if (names === 'other') return other;
  if (names === 'empty') return '';
  return names === 'malformed' ? 'not-a-uuid' : null;
}

async function open(client: ClientBase, role: Role, userId: string | null): Promise<void> {
  await client.query('BEGIN');
  if (!role.startsWith('trii_')) await client.query(`SET LOCAL ROLE ${role}`);
  if (userId !== null) await client.query("SELECT set_config('app.user_id', $1, true)", [userId]);
}

/** A call is one statement to the login's statement_timeout. */
const STATEMENTS_PER_CALL = 400;

async function run(client: ClientBase, probes: readonly Probe[]): Promise<Found[]> {
  const found: Found[] = [];
  for (let from = 0; from < probes.length; from += STATEMENTS_PER_CALL) {
    const { rows } = await client.query<{ sqlstate: string; affected: string }>(
      'SELECT code AS sqlstate, affected FROM rls_probe.run($1)',
      [probes.slice(from, from + STATEMENTS_PER_CALL).map(({ sql }) => sql)],
    );
    found.push(...rows.map(({ sqlstate, affected }) => ({ sqlstate, affected: Number(affected) })));
  }
  return found;
}
