import { identity } from '@trii/contract';
import { z } from 'zod';
import { handler, sessionKeys, setKeys, type DataKey, type WrappedKey } from '../platform/index.ts';

const START = '00000000-0000-0000-0000-000000000000';
const CHUNK = 200;
/** A round finds everybody; the one after it proves that nobody is left. More are needed only while people of an older api still arrive. */
const ROUNDS_MAX = 20;

const Cursor = z.object({ after: z.uuid(), round: z.int() }).nullable();

interface Issued {
  readonly dataKey: DataKey;
  readonly wrapped: WrappedKey;
}

interface Prepared {
  readonly people: readonly Issued[];
  readonly blindIndexKey: string;
}

/**
 * Gives people of an older database a key, moves their names under it, and then has the database refuse plain names for good. The names never
 * leave the database: the worker learns ids alone.
 */
export const encryptNamesHandler = handler(identity.encryptNames, {
  progress: ({ runId }) => ({ shard: 'all', runKey: runId }),

  async prepare({ ports: { vault }, read }, _input, cursor): Promise<Prepared> {
    const after = Cursor.parse(cursor)?.after ?? START;
    const rows = await read((sql) => sql<{ id: string }>`SELECT id FROM people_without_key(${after}, ${CHUNK}) AS id`);
    const people: Issued[] = [];
    for (const { id } of rows) {
      const dataKey = await vault.issue(id);
      people.push({ dataKey, wrapped: await vault.wrap(dataKey) });
    }
    return { people, blindIndexKey: await vault.blindIndexKey() };
  },

  async chunk({ sql, prepared }, _input, cursor) {
    const round = Cursor.parse(cursor)?.round ?? 0;
    const last = prepared.people.at(-1);
    if (last === undefined) {
      const [seal] = await sql<{ sealed: boolean }>`SELECT seal_personal_names() AS sealed`;
      const isOver = seal?.sealed === true || round >= ROUNDS_MAX;
      return { cursor: isOver ? null : { after: START, round: round + 1 }, counts: {}, rows: 0 };
    }
    let people = 0;
    for (const { dataKey, wrapped } of prepared.people) {
      await setKeys(sql, sessionKeys(dataKey, prepared.blindIndexKey));
      const [given] = await sql<{ given: boolean }>`
        SELECT give_person_key(${dataKey.userId}, ${wrapped.keyId}, ${wrapped.wrappedKey}, ${wrapped.masterKeyId}) AS given`;
      if (given?.given === true) people += 1;
    }
    return { cursor: { after: last.dataKey.userId, round }, counts: { people }, rows: people };
  },

  finish: (counts) => ({ people: counts['people'] ?? 0 }),
});
