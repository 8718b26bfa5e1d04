import { randomBytes, randomUUID as newId } from 'node:crypto';
import { createTestDatabase, createUser, withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import type { ClientBase } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Keys {
  readonly key: string;
  readonly keyId: string;
  readonly blind: string;
}

interface Person extends Keys {
  readonly id: string;
}

let database: TestDatabase;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  database = await createTestDatabase();
  [ada, bob] = [await register(), await register()];
});
afterAll(() => database.close());

const BLIND = randomBytes(32).toString('base64url');
const newKeys = (): Keys => ({ key: randomBytes(32).toString('base64url'), keyId: newId(), blind: BLIND });

const use = (client: ClientBase, { key, keyId, blind }: Keys) =>
  client.query(
    "SELECT set_config('app.encryption_key', $1, true), set_config('app.encryption_key_id', $2, true), set_config('app.blind_index_key', $3, true)",
    [key, keyId, blind],
  );

async function register(): Promise<Person> {
  const person = { id: newId(), ...newKeys() };
  await database.as({ role: 'anonymous_role', userId: null }, async (client) => {
    await use(client, person);
    await client.query("SELECT register_user($1, $2, 'h', 'Ada', 'Lovelace', 'CO', 'UTC', $3, 'wrapped', 'm1')", [
      person.id,
      `${person.id}@example.com`,
      person.keyId,
    ]);
  });
  return person;
}

/** As the investor, with these keys or none. */
const as = <T>(person: Person, keys: Keys | undefined, work: (client: ClientBase) => Promise<T>): Promise<T> =>
  database.as({ role: 'authenticated_user', userId: person.id }, async (client) => {
    if (keys !== undefined) await use(client, keys);
    return work(client);
  });

const inspect = async (sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> =>
  withClient(database.urls.admin, async (client) => (await client.query<Record<string, unknown>>(sql, [...values])).rows);

const INBOXES = "phone = '+573001234567', birth_date = '1990-05-17', income_range_min = 20000, income_range_max = 35000.5";

describe('the trigger encrypt_user_pii', () => {
  test('moves what is written into the inboxes and leaves them empty', async () => {
    await as(ada, ada, (client) => client.query(`SET LOCAL DateStyle = 'German'; UPDATE users SET ${INBOXES}`));
    const [row] = await inspect(
      `SELECT num_nulls(first_name, last_name, phone, birth_date, income_range_min, income_range_max, kyc_documents) AS empty,
         num_nonnulls(first_name_enc, last_name_enc, phone_enc, birth_date_enc, income_range_enc) AS moved, kyc_documents_enc FROM users WHERE id = $1`,
      [ada.id],
    );
    expect(row).toEqual({ empty: 7, moved: 5, kyc_documents_enc: null });
    const { rows } = await as(ada, ada, (client) =>
      client.query(
        `SELECT decrypt_pii(first_name_enc) AS first, decrypt_pii(last_name_enc) AS last, decrypt_pii(phone_enc) AS phone,
           decrypt_pii(birth_date_enc) AS born, decrypt_pii(income_range_enc)::jsonb AS income FROM users`,
      ),
    );
    expect(rows).toEqual([
      { first: 'Ada', last: 'Lovelace', phone: '+573001234567', born: '1990-05-17', income: { min: '20000.00', max: '35000.50' } },
    ]);
  });

  test('moves documents that the owner of the server writes under that key', async () => {
    await withClient(database.urls.admin, async (client) => {
      await client.query('BEGIN');
      await use(client, ada);
      await client.query('UPDATE users SET kyc_documents = \'{"passport": "X1"}\' WHERE id = $1', [ada.id]);
      const { rows } = await client.query('SELECT kyc_documents, decrypt_pii(kyc_documents_enc)::jsonb AS open FROM users WHERE id = $1', [
        ada.id,
      ]);
      expect(rows).toEqual([{ kyc_documents: null, open: { passport: 'X1' } }]);
      await client.query('COMMIT');
    });
  });

  test('touches no ciphertext when other columns change, and needs no key then', async () => {
    const ciphertexts =
      'SELECT first_name_enc, last_name_enc, phone_enc, phone_bidx, birth_date_enc, income_range_enc, kyc_documents_enc FROM users WHERE id = $1';
    const before = await inspect(ciphertexts, [ada.id]);
    await as(ada, undefined, (client) => client.query("UPDATE users SET timezone = 'America/Bogota', last_login_at = now()"));
    expect(await inspect(ciphertexts, [ada.id])).toEqual(before);
  });

  test('encrypts the same text anew each time', async () => {
    const phone = async () => (await inspect('SELECT phone_enc FROM users WHERE id = $1', [ada.id]))[0]?.['phone_enc'];
    const before = await phone();
    await as(ada, ada, (client) => client.query(`UPDATE users SET ${INBOXES}`));
    expect(await phone()).not.toEqual(before);
  });

  test.each([
    ['no key', () => undefined],
    ["another person's key", () => bob],
    ["another key under the person's id", () => ({ ...newKeys(), key: bob.key })],
  ])('refuses to write with %s', async (_, keys) => {
    await expect(as(ada, keys(), (client) => client.query(`UPDATE users SET ${INBOXES}`))).rejects.toMatchObject({ code: 'TR031' });
  });
});

describe('the functions', () => {
  const call = (expression: string, keys?: Keys) =>
    as(ada, keys, async (client) => (await client.query<{ value: unknown }>(`SELECT ${expression} AS value`)).rows[0]?.value);

  test('a ciphertext says version and key, and then is an OpenPGP message with a salted key of AES-256', async () => {
    const data = (await call("encrypt_pii('Ada')", ada)) as Buffer;
    expect(data.subarray(0, 1).toString('hex')).toBe('01');
    expect(data.subarray(1, 17).toString('hex')).toBe(ada.keyId.replaceAll('-', ''));
    // RFC 4880: tag 3, 12 octets, version 4, AES-256 (9), salted S2K (1), SHA-256 (8), 8 octets of salt; tag 18.
    expect(data.subarray(17, 23).toString('hex')).toBe('c30c04090108');
    expect(data.subarray(31, 32).toString('hex')).toBe('d2');
  });

  test.each(["encrypt_pii('x')", 'decrypt_pii(first_name_enc) FROM users', "blind_index('x')"])(
    '%s fails by its own code without a key',
    async (expression) => {
      const sql = expression.includes(' FROM ') ? expression.replace(' FROM', ' AS value FROM') : `${expression} AS value`;
      const run = (keys?: Keys) => as(ada, keys, (client) => client.query(`SELECT ${sql}`));
      await expect(run()).rejects.toMatchObject({ code: 'TR030' });
      // What a pooled connection reads once somebody had it set.
      await expect(run({ key: '', keyId: '', blind: '' })).rejects.toMatchObject({ code: 'TR030' });
      expect((await run(ada)).rowCount).toBe(1);
    },
  );

  test('a ciphertext opens under its own key alone, and not when it was altered', async () => {
    const open = (keys: Keys, column = 'first_name_enc') =>
      as(ada, keys, (client) => client.query(`SELECT decrypt_pii(${column}) AS value FROM users`));
    expect((await open(ada)).rows).toEqual([{ value: 'Ada' }]);
    await expect(open(bob)).rejects.toMatchObject({ code: 'TR031' });
    await expect(open({ ...ada, key: bob.key })).rejects.toMatchObject({ code: '39000' });
    await expect(open(ada, 'set_byte(first_name_enc, 45, (get_byte(first_name_enc, 45) + 1) % 256)')).rejects.toMatchObject({
      code: '39000',
    });
  });

  test('the blind index is the same for the same number, and another under another key', async () => {
    const first = await call("blind_index('+573001234567')", ada);
    expect(await call("blind_index('+573001234567')", bob)).toEqual(first);
    expect(await call("blind_index('+573001234568')", ada)).not.toEqual(first);
    expect(await call("blind_index('+573001234567')", { ...ada, blind: 'another key' })).not.toEqual(first);
  });

  test('none of them runs with more rights than its caller, and each has a fixed search path', async () => {
    const found = await inspect(
      `SELECT proname FROM pg_proc WHERE proname IN ('encrypt_pii', 'decrypt_pii', 'blind_index', 'encrypt_sensitive_data')
         AND NOT prosecdef AND proconfig = ARRAY['search_path=public, pg_temp'] ORDER BY 1`,
    );
    expect(found.map(({ proname }) => proname)).toEqual(['blind_index', 'decrypt_pii', 'encrypt_pii', 'encrypt_sensitive_data']);
  });
});

describe('with the trigger switched off', () => {
  /** As the superuser with all triggers off: what is left is what the table itself refuses. */
  const bare = (assignment: string) =>
    withClient(database.urls.admin, async (client) => {
      await client.query('SET session_replication_role = replica');
      await client.query(`UPDATE users SET ${assignment} WHERE id = $1`, [ada.id]);
    });

  test.each([
    "phone = '+57 1'",
    "birth_date = '2000-01-01'",
    "kyc_documents = '{}'",
    'income_range_min = 1',
    'income_range_max = 1',
    "first_name = 'A'",
    "last_name = 'B'",
  ])('plain text cannot rest: %s', async (assignment) => {
    await expect(bare(assignment)).rejects.toMatchObject({ code: '23514', constraint: 'users_no_plain_pii' });
  });

  test.each(['first_name', 'last_name', 'phone', 'birth_date', 'kyc_documents', 'income_range'])('nor as bytes in %s_enc', async (name) => {
    const constraint = `users_${name}_enc_layout`;
    for (const bytes of [
      "'Ada'",
      `convert_to('${'Ada Lovelace, +57 300 123 4567. '.repeat(9)}', 'UTF8')`,
      `'\\x01'::bytea || convert_to('${'a'.repeat(99)}', 'UTF8')`,
    ])
      await expect(bare(`${name}_enc = ${bytes}`)).rejects.toMatchObject({ code: '23514', constraint });
    await bare(`${name}_enc = ${name}_enc`);
  });

  test('nor in the blind index', async () => {
    await expect(bare("phone_bidx = '+573001234567'")).rejects.toMatchObject({ code: '23514' });
  });
});

describe('a database of the first release', () => {
  let old: TestDatabase;
  beforeAll(async () => {
    old = await createTestDatabase();
  });
  afterAll(() => old.close());

  const keyed = (keys: Keys, sql: string, values: readonly unknown[]) =>
    old.as({ role: 'worker_role', userId: null }, async (client) => {
      await use(client, keys);
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    });
  const seal = () => keyed(newKeys(), 'SELECT seal_personal_names() AS sealed', []);

  test('lets people sign in while their names are plain, gives them keys, and then refuses plain names for good', async () => {
    const [first, second] = [await createUser(old), await createUser(old)];
    const admin = <T>(work: (client: ClientBase) => Promise<T>) => withClient(old.urls.admin, work);
    await admin(async (client) => {
      await client.query(`ALTER TABLE users DROP CONSTRAINT users_no_plain_pii, ADD CONSTRAINT users_no_plain_pii
        CHECK (phone IS NULL AND birth_date IS NULL AND kyc_documents IS NULL AND income_range_min IS NULL AND income_range_max IS NULL)`);
      await client.query('SET session_replication_role = replica');
      await client.query('DELETE FROM person_keys');
      await client.query("UPDATE users SET first_name = 'Grace', last_name = 'Hopper', first_name_enc = NULL, last_name_enc = NULL");
    });
    expect(await seal()).toEqual([{ sealed: false }]);
    await old.as({ role: 'authenticated_user', userId: first.id }, (client) => client.query('UPDATE users SET last_login_at = now()'));
    for (const { id } of [first, second]) {
      const keys = newKeys();
      const give = () => keyed(keys, "SELECT give_person_key($1, $2, 'wrapped', 'm1') AS given", [id, keys.keyId]);
      expect(await give()).toEqual([{ given: true }]);
      expect(await give()).toEqual([{ given: false }]);
    }
    expect([await seal(), await seal(), await seal()]).toEqual([[{ sealed: false }], [{ sealed: true }], [{ sealed: true }]]);
    const left = await admin((client) => client.query('SELECT FROM users WHERE first_name IS NOT NULL OR first_name_enc IS NULL'));
    expect(left.rowCount).toBe(0);
    await admin(async (client) => {
      await client.query('SET session_replication_role = replica');
      await expect(client.query("UPDATE users SET first_name = 'Eve'")).rejects.toMatchObject({ constraint: 'users_no_plain_pii' });
    });
  });
});
