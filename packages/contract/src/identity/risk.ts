import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { Id, Instant } from '../fields.ts';

const Texts = z.object({ es: z.string(), en: z.string() });
const RiskProfile = z.enum(['CONSERVATIVE', 'MODERATE', 'AGGRESSIVE']);
const Assessment = z.object({
  assessmentId: Id,
  version: z.int(),
  answers: z.record(z.string(), z.string()),
  score: z.string().describe('From "0" to "1": what the risk tolerance of the preferences becomes, and may not exceed.'),
  riskProfile: RiskProfile,
  assessedAt: Instant,
});

export const riskQuestionnaire = query('identity.riskQuestionnaire', {
  summary: 'The questions by which an investor’s risk profile is found, in the languages of the platform.',
  input: z.strictObject({}),
  output: z.object({
    version: z.int(),
    questions: z.array(z.object({ id: z.string(), text: Texts, options: z.array(z.object({ id: z.string(), text: Texts })) })),
  }),
  access: scope('read'),
  example: {},
});

export const assessRisk = command('identity.assessRisk', {
  summary: 'Answer the questionnaire. Answers, version and score are kept; risk profile and risk tolerance follow from them.',
  input: z.strictObject({
    version: z.int().min(1).max(1_000),
    answers: z.record(z.string().max(40), z.string().max(40)).describe('Question to option, by their ids; every question once.'),
  }),
  output: Assessment,
  access: scope('account'),
  errors: ['QUESTIONNAIRE_OUTDATED'],
  audit: { entityType: 'RISK_PROFILE', action: 'CREATE' },
  example: { version: 1, answers: { horizon: 'long', loss: 'hold', experience: 'some', income: 'stable', goal: 'growth' } },
});

export const riskAssessments = query('identity.riskAssessments', {
  summary: 'What the investor answered so far, newest first; at most 100.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(Assessment) }),
  access: scope('read'),
  example: {},
});
