import { identity } from '@trii/contract';
import { handler } from '../../platform/index.ts';
import { questionnaire } from './questionnaire.ts';

/** The current questionnaire, without what an answer is worth. */
export const riskQuestionnaireHandler = handler(identity.riskQuestionnaire, () =>
  Promise.resolve({
    version: questionnaire.version,
    questions: questionnaire.questions.map(({ id, text, options }) => ({
      id,
      text,
      options: options.map((one) => ({ id: one.id, text: one.text })),
    })),
  }),
);
