import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, jsonColumn, nowColumn, scoreColumn, tenantPolicies } from '../../platform/index.ts';
import { User } from '../user.entity.ts';

const RiskAssessmentSchema = defineEntity({
  name: 'RiskAssessment',
  tableName: 'risk_assessments',
  ...tenantPolicies('risk_assessments', ['user', 'admin', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    questionnaireVersion: p.integer(),
    answers: jsonColumn<Record<string, string>>(),
    score: scoreColumn(),
    riskProfile: p.enum(['CONSERVATIVE', 'MODERATE', 'AGGRESSIVE']).nativeEnumName('risk_profile'),
    assessedAt: nowColumn(),
  },
  indexes: [{ name: 'idx_risk_assessments_user_date', properties: ['userId', 'assessedAt'] }],
  checks: [{ name: 'risk_assessments_score_range', expression: 'score >= 0 and score <= 1' }],
});

export class RiskAssessment extends RiskAssessmentSchema.class {}
RiskAssessmentSchema.setClass(RiskAssessment);
