import { identity, type OutputOf } from '@trii/contract';
import { z } from 'zod';
import type { Sql } from '../../platform/index.ts';

type KycDocument = z.output<typeof identity.KycDocument>;
type KycFile = OutputOf<typeof identity.kyc>;

/** `users.kyc_documents`: what describes the documents, under the investor's key. */
const StoredDocument = identity.KycDocument.extend({ blobId: z.uuid() });
const StoredDocuments = z.object({ version: z.literal(1), documents: z.array(StoredDocument) });
export type StoredDocument = z.output<typeof StoredDocument>;

const ROWS_MAX = 100;

interface UserRow {
  readonly kyc_status: KycFile['kycStatus'];
  readonly kyc_documents: string | null;
}

interface SubmissionRow {
  readonly id: string;
  readonly document_ids: string[];
  readonly submitted_at: string;
  readonly decision_id: string | null;
}

interface DecisionRow {
  readonly id: string;
  readonly previous_status: KycFile['kycStatus'];
  readonly status: KycFile['kycStatus'];
  readonly reason: string | null;
  readonly decided_at: string;
}

export const writtenDocuments = (documents: readonly StoredDocument[]): string => JSON.stringify({ version: 1, documents });

const readDocuments = (written: string | null): readonly StoredDocument[] =>
  written === null ? [] : StoredDocuments.parse(JSON.parse(written)).documents;

/** What its owner, or who decides, is shown of a document: not where it lies. */
export const shownDocument = ({ blobId: _blobId, ...document }: StoredDocument): KycDocument => document;

export interface Documents {
  readonly kycStatus: KycFile['kycStatus'];
  readonly documents: readonly StoredDocument[];
}

/** Own documents and status, opened by the key of this transaction; undefined for nobody. */
export async function findDocuments(sql: Sql, userId: string): Promise<Documents | undefined> {
  const [row] = await sql<UserRow>`SELECT kyc_status, decrypt_pii(kyc_documents_enc) AS kyc_documents FROM users WHERE id = ${userId}`;
  return row === undefined ? undefined : { kycStatus: row.kyc_status, documents: readDocuments(row.kyc_documents) };
}

/** Where somebody's verification stands, opened by the key of this transaction; undefined for nobody. */
export async function findKycFile(sql: Sql, userId: string): Promise<KycFile | undefined> {
  const found = await findDocuments(sql, userId);
  if (found === undefined) return undefined;
  const submissions = await sql<SubmissionRow>`
    SELECT id, document_ids, decision_id, to_char(submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS submitted_at
    FROM kyc_submissions WHERE user_id = ${userId} ORDER BY kyc_submissions.submitted_at DESC, id DESC LIMIT ${ROWS_MAX}`;
  const decisions = await sql<DecisionRow>`
    SELECT d.id, d.previous_status, d.status, decrypt_pii(CASE WHEN k.destroyed_at IS NULL THEN d.reason_enc END) AS reason, to_char(d.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS decided_at
    FROM kyc_decisions d JOIN person_keys k ON k.user_id = d.user_id WHERE d.user_id = ${userId} ORDER BY d.decided_at DESC, d.id DESC LIMIT ${ROWS_MAX}`;
  return {
    kycStatus: found.kycStatus,
    documents: found.documents.map(shownDocument),
    submissions: submissions.map((row) => ({
      submissionId: row.id,
      documentIds: row.document_ids,
      submittedAt: row.submitted_at,
      decisionId: row.decision_id,
    })),
    decisions: decisions.map((row) => ({
      decisionId: row.id,
      previousStatus: row.previous_status,
      status: row.status,
      reason: row.reason,
      decidedAt: row.decided_at,
    })),
  };
}
