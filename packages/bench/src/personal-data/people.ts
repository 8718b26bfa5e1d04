import { randomBytes } from 'node:crypto';
import { keyRingVault } from '@trii/infra';
import { invariant, newId } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { Client } from 'pg';

/** Ours has the trigger, bare has not; else they are columns, keys and checks of `users`. */
export type PeopleTable = 'bench_people' | 'bench_people_bare';

export interface Person {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  /** first name, last name, phone, birth date, income range and blind index, as the trigger left them. */
  readonly sealed: readonly Buffer[];
}

export interface People extends AsyncDisposable {
  readonly client: Client;
  readonly people: readonly Person[];
  empty(table: PeopleTable): Promise<void>;
  /** Rows whose six values are ciphertext. */
  count(table: PeopleTable): Promise<number>;
}

const VALUES = ['Ana María', 'Rodríguez Peña', '+573001234567', '1990-05-17', '20000.00', '35000.00'] as const;
const BLIND_INDEX_KEY = randomBytes(32).toString('base64url');
const SEALED = 'first_name_enc, last_name_enc, phone_enc, birth_date_enc, income_range_enc, phone_bidx';

/** People with keys of their own, and two tables like `users`, on one connection that is definer_role, as registration is. */
export async function makePeople({ DATABASE_OWNER_URL: url }: ServerUrls, count: number): Promise<People> {
  await using stack = new AsyncDisposableStack();
  const client = new Client({ connectionString: url, application_name: 'trii-bench' });
  await client.connect();
  stack.defer(() => client.end());
  stack.defer(() => clear(client));
  await clear(client);
  for (const table of ['bench_people', 'bench_people_bare'] satisfies PeopleTable[]) {
    await client.query(`CREATE TABLE ${table} (LIKE users INCLUDING ALL)`);
    await client.query(`GRANT SELECT, INSERT, TRUNCATE ON ${table} TO definer_role`);
  }
  await client.query(
    'CREATE TRIGGER encrypt_user_pii BEFORE INSERT OR UPDATE ON bench_people FOR EACH ROW EXECUTE FUNCTION encrypt_sensitive_data()',
  );
  await client.query('SET ROLE definer_role');
  const people = await register(client, count);
  const held = stack.move();
  return {
    client,
    people,
    empty: async (table) => void (await client.query(`TRUNCATE ${table}`)),
    count: async (table) => {
      const { rows } = await client.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM ${table} WHERE num_nulls(${SEALED}) = 0 AND first_name IS NULL`,
      );
      return rows[0]?.n ?? 0;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function clear(client: Client): Promise<void> {
  await client.query('RESET ROLE; DROP TABLE IF EXISTS bench_people, bench_people_bare');
}

async function register(client: Client, count: number): Promise<Person[]> {
  const vault = keyRingVault({ masterKeys: [{ id: 'bench', key: randomBytes(32) }], blindIndexKey: BLIND_INDEX_KEY });
  const people: Person[] = [];
  await client.query('BEGIN');
  for (let made = 0; made < count; made += 1) {
    const { userId: id, keyId, key } = await vault.issue(newId());
    const person = { id, keyId, key: Buffer.from(key).toString('base64url') };
    const { wrappedKey } = await vault.wrap({ userId: id, keyId, key });
    await client.query("INSERT INTO users (id, email, password_hash) VALUES ($1, $2, 'none')", [id, `bench-${id}@example.com`]);
    await client.query("INSERT INTO person_keys (user_id, key_id, wrapped_key, master_key_id) VALUES ($1, $2, $3, 'bench')", [
      id,
      keyId,
      wrappedKey,
    ]);
    const { rows } = await client.query<{ sealed: Buffer[] }>(insertEncrypted(person, `ARRAY[${SEALED}] AS sealed`));
    const sealed = rows[0]?.sealed;
    invariant(sealed !== undefined, 'an insert gives its row');
    people.push({ ...person, sealed });
  }
  await client.query('COMMIT');
  return people;
}

/** The key is set by the statement that needs it, so that both sides take one round trip a row. */
export const insertEncrypted = ({ id, keyId, key }: Omit<Person, 'sealed'>, returning = 'id') => ({
  name: `bench_people_encrypted_${returning.length}`,
  text: `WITH keys AS MATERIALIZED (
      SELECT set_config('app.encryption_key', $1, true), set_config('app.encryption_key_id', $2, true), set_config('app.blind_index_key', $3, true))
    INSERT INTO bench_people (id, email, password_hash, first_name, last_name, phone, birth_date, income_range_min, income_range_max)
    SELECT $4, $5, 'none', $6, $7, $8, $9, $10, $11 FROM keys RETURNING ${returning}`,
  values: [key, keyId, BLIND_INDEX_KEY, id, `bench-${id}@example.com`, ...VALUES],
});

export const insertReady = ({ id, sealed }: Person) => ({
  name: 'bench_people_ready',
  text: `INSERT INTO bench_people_bare (id, email, password_hash, ${SEALED}) VALUES ($1, $2, 'none', $3, $4, $5, $6, $7, $8) RETURNING id`,
  values: [id, `bench-${id}@example.com`, ...sealed],
});
