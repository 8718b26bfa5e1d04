import { identity, type OutputOf } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';

const ROWS_MAX = 100;

interface AssessmentRow {
  readonly id: string;
  readonly questionnaire_version: number;
  readonly answers: Record<string, string>;
  readonly score: string;
  readonly risk_profile: OutputOf<typeof identity.assessRisk>['riskProfile'];
  readonly at: string;
}

/** What was answered so far, newest first. */
export const riskAssessmentsHandler = handler(identity.riskAssessments, async ({ sql, actor }) => {
  const rows = await sql<AssessmentRow>`
    SELECT id, questionnaire_version, answers, trim_scale(score)::text AS score, risk_profile, to_char(assessed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
    FROM risk_assessments WHERE user_id = ${userIdOf(actor)} ORDER BY assessed_at DESC, id DESC LIMIT ${ROWS_MAX}`;
  return {
    items: rows.map((row) => ({
      assessmentId: row.id,
      version: row.questionnaire_version,
      answers: row.answers,
      score: row.score,
      riskProfile: row.risk_profile,
      assessedAt: row.at,
    })),
  };
});
