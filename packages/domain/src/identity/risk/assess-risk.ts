import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { Failure, handler, userIdOf } from '../../platform/index.ts';
import { questionnaire } from './questionnaire.ts';
import { scoreAnswers } from './score-answers.ts';

/** Keeps what was answered to which version, and sets profile and tolerance by it. */
export const assessRiskHandler = handler(identity.assessRisk, async (ctx, { version, answers }) => {
  const userId = userIdOf(ctx.actor);
  if (version !== questionnaire.version) return ctx.refuse('QUESTIONNAIRE_OUTDATED', { version: questionnaire.version });
  const scored = scoreAnswers(answers);
  if ('issues' in scored) throw new Failure('INVALID_INPUT', { issues: scored.issues });
  const { score, riskProfile } = scored;
  const assessmentId = newId();
  const at = ctx.clock.now();
  await ctx.sql`INSERT INTO risk_assessments (id, user_id, questionnaire_version, answers, score, risk_profile, assessed_at)
    VALUES (${assessmentId}, ${userId}, ${version}, ${JSON.stringify(answers)}::jsonb, ${score}::numeric, ${riskProfile}::risk_profile, ${at})`;
  await ctx.sql`UPDATE users SET risk_profile = ${riskProfile}::risk_profile, updated_at = ${at} WHERE id = ${userId}`;
  await ctx.sql`INSERT INTO user_preferences (user_id, risk_tolerance, updated_at) VALUES (${userId}, ${score}::numeric, ${at})
    ON CONFLICT (user_id) DO UPDATE SET risk_tolerance = EXCLUDED.risk_tolerance, updated_at = EXCLUDED.updated_at`;
  ctx.note({ entityId: assessmentId, newValues: { version, riskProfile } });
  return { assessmentId, version, answers, score, riskProfile, assessedAt: at.toISOString() };
});
