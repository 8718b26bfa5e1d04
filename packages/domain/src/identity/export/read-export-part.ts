import { identity, type OutputOf } from '@trii/contract';
import { handler, type PrepareContext, userIdOf } from '../../platform/index.ts';

type Part = OutputOf<typeof identity.readExportPart>;

interface Asked {
  readonly userId: string;
  readonly exportId: string;
  readonly part: number;
}

/** One part of an archive for whom it is about. A command, though it changes nothing: its row in the audit is committed before the bytes go out. */
export const readExportPartHandler = handler(identity.readExportPart, {
  prepare: (context, input) => readPart(context, { ...input, userId: userIdOf(context.actor) }),
  handle(ctx, { part }) {
    if (ctx.prepared === undefined) return ctx.refuse('NOT_FOUND');
    ctx.note({ newValues: { part } });
    return Promise.resolve(ctx.prepared);
  },
});

export const readPersonExportPartHandler = handler(identity.readPersonExportPart, {
  prepare: readPart,
  handle(ctx, { exportId, part }) {
    if (ctx.prepared === undefined) return ctx.refuse('NOT_FOUND');
    ctx.note({ newValues: { exportId, part } });
    return Promise.resolve(ctx.prepared);
  },
});

/** Undefined for what is not theirs, has expired, or lies behind the end. */
async function readPart({ read, subjectKey, ports, clock }: PrepareContext, { userId, exportId, part }: Asked): Promise<Part | undefined> {
  const [found] = await read(
    (sql) => sql<{ bytes: string }>`
      SELECT bytes FROM person_exports WHERE id = ${exportId} AND user_id = ${userId} AND expires_at > ${clock.now()}`,
  );
  const from = part * identity.exportPartBytes;
  if (found === undefined || from >= Number(found.bytes)) return undefined;
  const content = await ports.blobs.read(await subjectKey(), exportId, { from, bytes: identity.exportPartBytes });
  return content === undefined ? undefined : { part, bytes: content.length, content: Buffer.from(content).toString('base64') };
}
