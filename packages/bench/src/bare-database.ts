import type { DatabaseSession, Sql } from '@trii/domain';
import { Pool, type PoolClient, TypeOverrides, types } from 'pg';

export type Mode = 'read' | 'write';

/** The least that a program on the plain driver would do: the other side of every comparison. */
export interface BareDatabase {
  /** Begin, role and user in one round trip, the work, commit: what the platform's own transaction host sends. */
  transaction<T>(session: DatabaseSession, mode: Mode, work: (client: PoolClient) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

const BEGIN = { read: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', write: 'BEGIN' } as const;

/** Dates as PostgreSQL prints them: to make a Date of each would only cost. */
const overrides = new TypeOverrides();
for (const oid of [types.builtins.DATE, types.builtins.TIMESTAMP, types.builtins.TIMESTAMPTZ])
  overrides.setTypeParser(oid, (text: string) => text);

export function openBareDatabase(url: string, poolSize: number): BareDatabase {
  const pool = new Pool({ connectionString: url, max: poolSize, types: overrides, application_name: 'trii-bench-bare' });
  return {
    async transaction(session, mode, work) {
      const client = await pool.connect();
      try {
        await client.query(`${BEGIN[mode]}; SET LOCAL ROLE ${session.role}; SET LOCAL app.user_id = '${session.userId ?? ''}'`);
        const result = await work(client);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        // Thrown away rather than rolled back: a failed sample ends the bench.
        client.release(true);
        throw error;
      }
    },
    end: () => pool.end(),
  };
}

/** The driver behind the port that the platform's statements are written against. */
export function bareSql(client: PoolClient, mode: Mode): Sql {
  return async <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) =>
    (await client.query<Row>(bareStatement(mode, textOf(strings), values))).rows;
}

/** Reads are prepared once a connection, as the platform's are. */
export function bareStatement(mode: Mode, text: string, values: readonly unknown[]) {
  return mode === 'read' ? { name: nameOf(text), text, values: [...values] } : { text, values: [...values] };
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `bare_${names.size}`;
  names.set(text, name);
  return name;
}

/** `a ${x} b ${y}` becomes `a $1 b $2`. */
export function textOf(strings: readonly string[]): string {
  return strings.reduce((text, part, index) => `${text}$${index}${part}`);
}
