import { monitoring } from '@trii/contract';
import { handler } from '../platform/index.ts';
import { monitoringRights } from './monitoring-rights.ts';

interface Row {
  readonly usename: string;
  readonly application_name: string;
  readonly client_addr: string | null;
  readonly state: string;
  readonly connection_count: number;
  readonly in_state: number | null;
  readonly in_transaction: number | null;
  readonly total: number;
}

export const connectionsHandler = handler(monitoring.connections, async ({ sql }, { limit }) => {
  const { connections: visibility } = await monitoringRights(sql);
  const rows = await sql<Row>`
    SELECT usename, application_name, host(client_addr) AS client_addr, state, connection_count::int, extract(epoch FROM longest_in_state)::float8 AS in_state,
      extract(epoch FROM longest_transaction)::float8 AS in_transaction, count(*) OVER ()::int AS total
    FROM monitoring_connections ORDER BY connection_count DESC, usename, application_name, client_addr, state LIMIT ${limit}`;
  return { visibility, items: rows.map(viewOf), total: rows[0]?.total ?? 0 };
});

const viewOf = (row: Row) => ({
  login: row.usename,
  application: row.application_name,
  clientAddress: row.client_addr,
  state: row.state,
  connections: row.connection_count,
  longestInStateSeconds: row.in_state,
  longestTransactionSeconds: row.in_transaction,
});
