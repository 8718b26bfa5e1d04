import { identity } from '@trii/contract';
import { idTime } from '@trii/kernel';
import { z } from 'zod';
import { type BlobStore, type DataKey, handler, type PrepareContext, sessionKeys, setKeys, type Sql } from '../platform/index.ts';
import { findKeys, openKeys } from './wrapped-keys.ts';

const START = '00000000-0000-0000-0000-000000000000';
const ROWS_PER_CHUNK = 10_000;
const EXPORTS_PER_CHUNK = 100;
const PEOPLE_PER_CHUNK = 100;
const DAY_MS = 86_400_000;
/** A call that fails between blob store and database leaves a blob that nobody knows of: looked for when it is older than any call, and not for ever. */
const SUSPECT_MS = { from: DAY_MS, to: 32 * DAY_MS };

const Blob = z.object({ userId: z.uuid(), blobId: z.uuid() });
type Blob = z.output<typeof Blob>;
const Cursor = z
  .discriminatedUnion('step', [
    z.object({ step: z.literal('rows') }),
    z.object({ step: z.literal('exports') }),
    z.object({ step: z.literal('blobs'), after: z.uuid(), orphans: z.array(Blob) }),
  ])
  .nullable()
  .transform((cursor) => cursor ?? { step: 'rows' as const });

interface Suspects {
  readonly blobs: readonly Blob[];
  readonly keys: ReadonlyMap<string, DataKey | undefined>;
  readonly blindIndexKey: string;
  /** The last person looked at; null: there are no more. */
  readonly after: string | null;
}

interface Prepared {
  readonly exportIds: readonly string[];
  readonly suspects: Suspects | undefined;
}

/**
 * Takes out what is kept no longer of people: rows of mails and of sessions that ended, archives that expired with their blobs, and blobs that are
 * no document. Blobs go before what knows of them, so that a run that is killed is gone on with by the next.
 */
export const applyPersonalRetentionHandler = handler(identity.applyRetention, {
  progress: ({ runId }) => ({ shard: '*', runKey: runId }),
  async prepare(context, _input, at): Promise<Prepared> {
    const cursor = Cursor.parse(at);
    if (cursor.step === 'exports') return { exportIds: await removeExpired(context), suspects: undefined };
    if (cursor.step === 'rows') return { exportIds: [], suspects: undefined };
    for (const { userId, blobId } of cursor.orphans) await context.ports.blobs.delete(userId, blobId);
    return { exportIds: [], suspects: await findSuspects(context, cursor.after) };
  },
  async chunk({ sql, prepared }, _input, at) {
    const cursor = Cursor.parse(at);
    if (cursor.step === 'rows') return retireRows(sql);
    if (cursor.step === 'exports') {
      const { exportIds } = prepared;
      await sql`DELETE FROM person_exports WHERE id = ANY (${exportIds}::uuid[])`;
      const next = exportIds.length < EXPORTS_PER_CHUNK ? { step: 'blobs', after: START, orphans: [] } : cursor;
      return { cursor: next, counts: { exports: exportIds.length }, rows: exportIds.length };
    }
    const counts = { blobs: cursor.orphans.length };
    const { suspects } = prepared;
    if (suspects === undefined || suspects.after === null) return { cursor: null, counts, rows: 0 };
    return { cursor: { step: 'blobs', after: suspects.after, orphans: await orphansAmong(sql, suspects) }, counts, rows: 0 };
  },
  finish: ({ mails = 0, sessions = 0, exports = 0, blobs = 0 }) => ({ mails, sessions, exports, blobs }),
});

async function retireRows(sql: Sql) {
  const [row] = await sql<{ mails: number; sessions: number }>`
    SELECT retire_mails(${ROWS_PER_CHUNK}) AS mails, retire_sessions(${ROWS_PER_CHUNK}) AS sessions`;
  const { mails, sessions } = row ?? { mails: 0, sessions: 0 };
  const isMore = mails === ROWS_PER_CHUNK || sessions === ROWS_PER_CHUNK;
  return { cursor: { step: isMore ? 'rows' : 'exports' }, counts: { mails, sessions }, rows: mails + sessions };
}

async function removeExpired({ read, ports, clock }: PrepareContext): Promise<string[]> {
  const expired = await read(
    (sql) => sql<{ id: string; user_id: string }>`
      SELECT id, user_id FROM person_exports WHERE expires_at <= ${clock.now()} ORDER BY expires_at LIMIT ${EXPORTS_PER_CHUNK}`,
  );
  for (const { id, user_id: userId } of expired) await ports.blobs.delete(userId, id);
  return expired.map(({ id }) => id);
}

/** Blobs of the next people that are neither young nor known as an archive. A key is opened for who has one, and for nobody else. */
async function findSuspects({ read, ports, clock }: PrepareContext, after: string): Promise<Suspects> {
  const people = await ports.blobs.owners(after, PEOPLE_PER_CHUNK);
  const blobIds = await aged(ports.blobs, people, clock.now().getTime());
  const known = await read(
    (sql) => sql<{ id: string }>`SELECT id FROM person_exports WHERE id = ANY (${blobIds.map(({ blobId }) => blobId)}::uuid[])`,
  );
  const exports = new Set(known.map(({ id }) => id));
  const blobs = blobIds.filter(({ blobId }) => !exports.has(blobId));
  const owners = [...new Set(blobs.map(({ userId }) => userId))];
  const found = await openKeys(ports.vault, await read((sql) => findKeys(sql, owners)));
  const keys = new Map(found.map(({ userId, dataKey }) => [userId, dataKey]));
  return { blobs, keys, blindIndexKey: await ports.vault.blindIndexKey(), after: people.at(-1) ?? null };
}

async function aged(store: BlobStore, people: readonly string[], now: number): Promise<Blob[]> {
  const blobs: Blob[] = [];
  for (const userId of people)
    for (const blobId of await store.list(userId)) {
      const ageMs = now - (idTime(blobId) ?? now);
      if (ageMs > SUSPECT_MS.from && ageMs < SUSPECT_MS.to) blobs.push({ userId, blobId });
    }
  return blobs;
}

/** Of who has no key any more all are noise; one that cannot be opened now keeps its blobs until it can. */
async function orphansAmong(sql: Sql, { blobs, keys, blindIndexKey }: Suspects): Promise<Blob[]> {
  const orphans: Blob[] = [];
  for (const userId of new Set(blobs.map((blob) => blob.userId))) {
    const own = blobs.filter((blob) => blob.userId === userId);
    const dataKey = keys.get(userId);
    if (keys.has(userId) && dataKey === undefined) continue;
    if (dataKey !== undefined) await setKeys(sql, sessionKeys(dataKey, blindIndexKey));
    const documents = dataKey === undefined ? [] : await sql<{ blob_id: string }>`SELECT blob_id FROM document_blobs(${userId})`;
    const known = new Set(documents.map(({ blob_id: blobId }) => blobId));
    orphans.push(...own.filter(({ blobId }) => !known.has(blobId)));
  }
  return orphans;
}
