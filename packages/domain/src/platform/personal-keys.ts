import type { AnyDeclaration } from '@trii/contract';
import { invariant } from '@trii/kernel';
import type { Actor } from './actor.ts';
import { Failure } from './failure.ts';
import type { DataKey, KeyVault } from './ports.ts';
import type { DatabaseSession, SessionKeys, Sql, TransactionHost } from './transactions.ts';

/** What the functions of personal data read, until the transaction ends: as bind parameters, so that no log and no statistics has a key. */
export async function setKeys(sql: Sql, { encryption, blindIndex }: SessionKeys): Promise<void> {
  await sql`SELECT set_config('app.encryption_key', ${encryption?.key ?? ''}, true), set_config('app.encryption_key_id', ${encryption?.keyId ?? ''}, true),
    set_config('app.blind_index_key', ${blindIndex}, true)`;
}

/** As settings are text, the key goes as base64url. */
export const sessionKeys = (dataKey: DataKey | undefined, blindIndex: string): SessionKeys => ({
  encryption: dataKey === undefined ? undefined : { keyId: dataKey.keyId, key: Buffer.from(dataKey.key).toString('base64url') },
  blindIndex,
});

export interface PersonalCall {
  readonly transactions: TransactionHost;
  readonly vault: KeyVault;
  readonly declaration: AnyDeclaration;
  readonly session: DatabaseSession;
  readonly actor: Actor;
  readonly input: unknown;
}

/** Whose personal data an operation is about: as it declares, a person that the input names, else whoever acts. */
export function subjectOf({ declaration, actor, input }: Pick<PersonalCall, 'declaration' | 'actor' | 'input'>): string | undefined {
  if (!declaration.pii) return undefined;
  if (declaration.subject !== undefined) {
    const named: unknown = Reflect.get(input as object, declaration.subject);
    invariant(typeof named === 'string', `${declaration.name} names its subject in ${declaration.subject}`);
    return named;
  }
  return declaration.access.to === 'investor' && actor.kind === 'user' ? actor.userId : undefined;
}

/** The subject's own key, for what is encrypted outside of the database. @throws Failure PERSON_ERASED, KEY_UNAVAILABLE */
export async function subjectKey(call: PersonalCall): Promise<DataKey> {
  const subject = subjectOf(call);
  invariant(subject !== undefined, `${call.declaration.name} has a subject`);
  const dataKey = await openKey(call, subject);
  if (dataKey === undefined) throw new Failure('KEY_UNAVAILABLE');
  return dataKey;
}

interface KeyRow {
  readonly key_id: string;
  readonly wrapped_key: Uint8Array | null;
  readonly master_key_id: string;
}

/**
 * The session for an operation on personal data: with the subject's key, which the vault opens before the transaction begins. An operation that
 * declares no `pii`, or reads it sealed, keeps its session as it is. A reader may do without a key, having nothing to read; a writer may not, unless it names a person whom it has yet to look for.
 * @throws Failure PERSON_ERASED, KEY_UNAVAILABLE
 */
export async function personalSession(call: PersonalCall): Promise<DatabaseSession> {
  const { declaration, session, vault } = call;
  if (!declaration.pii || declaration.sealed === true) return session;
  const subject = subjectOf(call);
  const dataKey = subject === undefined ? undefined : await openKey(call, subject);
  return { ...session, keys: sessionKeys(dataKey, await vault.blindIndexKey()) };
}

/** A session of the subject's own rights and key, whoever calls: for reads alone. It is no sign-in: no session of theirs stands behind it. */
export async function sessionOfSubject(call: PersonalCall): Promise<DatabaseSession> {
  const subject = subjectOf(call);
  invariant(subject !== undefined, `${call.declaration.name} has a subject`);
  const session = await personalSession(call);
  if (session.role === 'authenticated_user' && session.userId === subject) return session;
  return { role: 'authenticated_user', userId: subject, ...(session.keys === undefined ? {} : { keys: session.keys }) };
}

async function openKey({ declaration, transactions, session, vault }: PersonalCall, userId: string): Promise<DataKey | undefined> {
  const [row] = await transactions.read(
    session,
    (sql) => sql<KeyRow>`SELECT key_id, wrapped_key, master_key_id FROM person_keys WHERE user_id = ${userId}`,
  );
  const wrappedKey = row?.wrapped_key ?? undefined;
  if (row !== undefined && wrappedKey !== undefined)
    return vault.unwrap(userId, { keyId: row.key_id, wrappedKey, masterKeyId: row.master_key_id });
  if (declaration.kind === 'query') return undefined;
  // Nobody, or of an older database: whoever named them finds out which.
  if (row === undefined && declaration.subject !== undefined) return undefined;
  // Of a database older than person_keys: the workers give everybody a key within minutes.
  throw new Failure(row === undefined ? 'KEY_UNAVAILABLE' : 'PERSON_ERASED');
}
