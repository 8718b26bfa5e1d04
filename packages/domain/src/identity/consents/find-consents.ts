import type { identity, OutputOf } from '@trii/contract';
import type { Sql } from '../../platform/index.ts';
import { consentDocuments } from './documents.ts';

type Consents = OutputOf<typeof identity.consents>;
type Given = Consents['history'][number];

const ROWS_MAX = 100;

interface ConsentRow {
  readonly document: Given['document'];
  readonly version: number;
  readonly is_accepted: boolean;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly at: string;
}

/** Current documents, whether the last word on each is yes to this very version, and the history. */
export async function findConsents(sql: Sql, userId: string): Promise<Consents> {
  const rows = await sql<ConsentRow>`
    SELECT document, version, is_accepted, host(ip_address) AS ip_address, user_agent, to_char(given_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
    FROM consents WHERE user_id = ${userId} ORDER BY given_at DESC, id DESC LIMIT ${ROWS_MAX}`;
  const last = await sql<Pick<ConsentRow, 'document' | 'version' | 'is_accepted'>>`
    SELECT DISTINCT ON (document) document, version, is_accepted FROM consents WHERE user_id = ${userId} ORDER BY document, given_at DESC, id DESC`;
  return {
    current: consentDocuments.map((one) => ({
      ...one,
      isAccepted: last.some((word) => word.document === one.document && word.version === one.version && word.is_accepted),
    })),
    history: rows.map((row) => ({
      document: row.document,
      version: row.version,
      isAccepted: row.is_accepted,
      givenAt: row.at,
      ipAddress: row.ip_address,
      userAgent: row.user_agent,
    })),
  };
}
