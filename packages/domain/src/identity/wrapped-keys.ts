import { Failure, type KeyVault, type DataKey, type Sql, type WrappedKey } from '../platform/index.ts';

/** A data key as it was found, open or not. */
export interface FoundKey {
  readonly userId: string;
  readonly wrapped: WrappedKey;
  /** Undefined: the ring does not open it. */
  readonly dataKey: DataKey | undefined;
}

/** As tables and functions of keys give it. */
export interface KeyRow {
  readonly user_id: string;
  readonly key_id: string;
  readonly wrapped_key: Uint8Array;
  readonly master_key_id: string;
}

/** As the vault takes it. */
export const wrappedOf = (row: Omit<KeyRow, 'user_id'>): WrappedKey => ({
  keyId: row.key_id,
  wrappedKey: row.wrapped_key,
  masterKeyId: row.master_key_id,
});

interface Page {
  readonly after: string;
  readonly limit: number;
  /** Keys under this master key are left out. */
  readonly except?: string;
}

/** The next keys after a person, in order of their ids. */
export async function nextKeys(sql: Sql, { after, limit, except = '' }: Page): Promise<KeyRow[]> {
  return sql<KeyRow>`SELECT user_id, key_id, wrapped_key, master_key_id FROM person_keys
    WHERE user_id > ${after} AND destroyed_at IS NULL AND master_key_id <> ${except} ORDER BY user_id LIMIT ${limit}`;
}

/** The keys of these people, as far as they have one. */
export const findKeys = (sql: Sql, userIds: readonly string[]): Promise<KeyRow[]> => sql<KeyRow>`
  SELECT user_id, key_id, wrapped_key, master_key_id FROM person_keys WHERE user_id = ANY (${userIds}::uuid[]) AND destroyed_at IS NULL`;

/** One that cannot be opened does not keep the others waiting. */
export async function openKeys(vault: KeyVault, rows: readonly KeyRow[]): Promise<FoundKey[]> {
  const found: FoundKey[] = [];
  for (const row of rows) {
    const wrapped = wrappedOf(row);
    found.push({ userId: row.user_id, wrapped, dataKey: await openIfPossible(vault, row.user_id, wrapped) });
  }
  return found;
}

async function openIfPossible(vault: KeyVault, userId: string, wrapped: WrappedKey): Promise<DataKey | undefined> {
  try {
    return await vault.unwrap(userId, wrapped);
  } catch (error) {
    if (error instanceof Failure && error.code === 'KEY_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** What a chunk says of the keys it had to leave, by their person and master key. */
export const unopened = (found: readonly FoundKey[]): { userId: string; masterKeyId: string }[] =>
  found.flatMap(({ userId, wrapped, dataKey }) => (dataKey === undefined ? [{ userId, masterKeyId: wrapped.masterKeyId }] : []));
