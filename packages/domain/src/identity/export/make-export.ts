import { createHash } from 'node:crypto';
import { identity, type OutputOf } from '@trii/contract';
import { instant, newId } from '@trii/kernel';
import { handler, type PrepareContext, type Sql, userIdOf } from '../../platform/index.ts';
import { archiveOf } from './archive.ts';

/** What goes into one archive. */
const BYTES_MAX = 250 * 1024 * 1024;
const LIFETIME_MS = 86_400_000;
const EXPORTS_MAX = 3;

interface Made extends Omit<OutputOf<typeof identity.exportMyData>, 'expiresAt'> {
  readonly at: Date;
  readonly expiresAt: Date;
}

/** An archive of everything about the investor, as of now: it rests as a blob under their own key until it expires. */
export const exportMyDataHandler = handler(identity.exportMyData, {
  prepare: (context) => makeArchive(context, userIdOf(context.actor)),
  async handle(ctx) {
    if (ctx.prepared === undefined) return ctx.refuse('TOO_MANY_EXPORTS', { exports: EXPORTS_MAX });
    ctx.note({ newValues: notedOf(ctx.prepared) });
    return keepExport(ctx.sql, userIdOf(ctx.actor), ctx.prepared);
  },
});

/** The same by an operator: the very archive that the person would get, read as them. */
export const exportPersonHandler = handler(identity.exportPerson, {
  async prepare(context, { userId }) {
    const [known] = await context.read((sql) => sql`SELECT FROM users WHERE id = ${userId}`);
    return known === undefined ? 'nobody' : makeArchive(context, userId);
  },
  async handle(ctx, { userId }) {
    if (ctx.prepared === 'nobody') return ctx.refuse('NOT_FOUND');
    if (ctx.prepared === undefined) return ctx.refuse('TOO_MANY_EXPORTS', { exports: EXPORTS_MAX });
    ctx.note({ newValues: notedOf(ctx.prepared) });
    return keepExport(ctx.sql, userId, ctx.prepared);
  },
});

/** Undefined when there are enough for now. A call that fails after this leaves a blob of no export, which the workers remove. */
async function makeArchive({ read, readAsSubject, subjectKey, ports, clock }: PrepareContext, userId: string): Promise<Made | undefined> {
  const at = clock.now();
  const [live] = await read(
    (sql) => sql<{ exports: number }>`SELECT count(*)::int AS exports FROM person_exports WHERE user_id = ${userId} AND expires_at > ${at}`,
  );
  if ((live?.exports ?? 0) >= EXPORTS_MAX) return undefined;
  const owner = await subjectKey();
  const exportId = newId();
  const digest = createHash('sha256');
  return readAsSubject(async (sql) => {
    const { content, entries } = archiveOf({ sql, blobs: ports.blobs, owner, at, bytesMax: BYTES_MAX });
    const { bytes } = await ports.blobs.put(owner, exportId, digested(content, digest));
    return {
      exportId,
      bytes,
      parts: Math.ceil(bytes / identity.exportPartBytes),
      sha256: digest.digest('hex'),
      files: entries.length,
      rows: entries.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
      at,
      expiresAt: instant(at.getTime() + LIFETIME_MS),
    };
  });
}

async function* digested(content: AsyncIterable<Uint8Array>, digest: { update(part: Uint8Array): unknown }): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    digest.update(part);
    yield part;
  }
}

async function keepExport(sql: Sql, userId: string, { at, expiresAt, ...made }: Made): Promise<OutputOf<typeof identity.exportMyData>> {
  const { exportId, bytes, sha256, files, rows } = made;
  await sql`INSERT INTO person_exports (id, user_id, bytes, sha256, files, row_count, created_at, expires_at)
    VALUES (${exportId}, ${userId}, ${bytes}, ${sha256}, ${files}, ${rows}, ${at}, ${expiresAt})`;
  return { ...made, expiresAt: expiresAt.toISOString() };
}

const notedOf = ({ exportId, bytes, files, rows }: Made) => ({ exportId, bytes, files, rows });
