import { identity } from '@trii/contract';
import { z } from 'zod';
import { Failure, handler } from '../../platform/index.ts';

interface PendingRow {
  readonly id: string;
  readonly user_id: string;
  readonly documents: number;
  readonly submitted_at: string;
  readonly cursor: string;
  readonly screenings: { readonly check: string; readonly outcome: string }[];
}

/** Where a page starts: the last row's instant, to the microsecond, and its id. */
const Cursor = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

/** What waits for a decision, oldest first. */
export const pendingKycHandler = handler(identity.pendingKyc, async ({ sql }, { cursor, limit }) => {
  const [after, afterId] = cursor === undefined ? [null, null] : parseCursor(cursor);
  const rows = await sql<PendingRow>`
    SELECT s.id, s.user_id, cardinality(s.document_ids) AS documents, to_char(s.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS submitted_at,
      to_char(s.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor,
      COALESCE((SELECT jsonb_agg(jsonb_build_object('check', c.check_type, 'outcome', c.outcome) ORDER BY c.check_type)
                FROM kyc_screenings c WHERE c.user_id = s.user_id AND c.submission_id = s.id), '[]') AS screenings
    FROM kyc_submissions s
    WHERE s.decision_id IS NULL AND (${after}::timestamptz IS NULL OR (s.submitted_at, s.id) > (${after}::timestamptz, ${afterId}::uuid))
    ORDER BY s.submitted_at, s.id LIMIT ${limit + 1}`;
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => ({
      userId: row.user_id,
      submissionId: row.id,
      submittedAt: row.submitted_at,
      documents: row.documents,
      screenings: row.screenings,
    })),
    nextCursor: last === undefined ? null : `${last.cursor}_${last.id}`,
  };
});

function parseCursor(cursor: string): readonly [string, string] {
  const parsed = Cursor.safeParse(cursor.split('_'));
  if (parsed.success) return parsed.data;
  throw new Failure('INVALID_INPUT', { issues: [{ path: 'cursor', problem: 'the nextCursor of a page before' }] });
}
