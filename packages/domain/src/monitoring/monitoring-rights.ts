import { monitoring } from '@trii/contract';
import { z } from 'zod';
import type { Sql } from '../platform/index.ts';

const Rights = z.object({ connections: monitoring.ConnectionsVisibility, statements: monitoring.StatementsVisibility });

/** How much of itself the server lets the platform see. */
export async function monitoringRights(sql: Sql): Promise<z.output<typeof Rights>> {
  const [row] = await sql`SELECT connections, statements FROM monitoring_rights()`;
  return Rights.parse(row);
}
