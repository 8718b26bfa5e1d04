import { identity } from '@trii/contract';
import { Failure, handler } from '../../platform/index.ts';
import { findPerson } from '../personal-data.ts';
import { findKycFile } from './kyc-file.ts';

const ROWS_MAX = 200;

interface ScreeningRow {
  readonly submission_id: string;
  readonly check_type: string;
  readonly provider: string;
  readonly outcome: string;
  readonly findings: string[];
  readonly screened_at: string;
}

/** Everything about one investor's verification, for who decides. */
export const kycCaseHandler = handler(identity.kycCase, async ({ sql }, { userId }) => {
  const [file, person] = [await findKycFile(sql, userId), await findPerson(sql, userId)];
  if (file === undefined || person === undefined) throw new Failure('NOT_FOUND');
  const screenings = await sql<ScreeningRow>`
    SELECT submission_id, check_type, provider, outcome, findings, to_char(screened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS screened_at
    FROM kyc_screenings WHERE user_id = ${userId} ORDER BY kyc_screenings.screened_at DESC, check_type LIMIT ${ROWS_MAX}`;
  const { firstName, lastName, birthDate, countryCode } = person.personal;
  return {
    ...file,
    userId,
    firstName,
    lastName,
    birthDate,
    countryCode,
    screenings: screenings.map((row) => ({
      submissionId: row.submission_id,
      check: row.check_type,
      provider: row.provider,
      outcome: row.outcome,
      findings: row.findings,
      screenedAt: row.screened_at,
    })),
  };
});
