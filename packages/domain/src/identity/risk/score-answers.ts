import { decimal, toDecimalString } from '@trii/kernel';
import { questionnaire } from './questionnaire.ts';

export type RiskProfile = 'CONSERVATIVE' | 'MODERATE' | 'AGGRESSIVE';

export interface RiskScore {
  /** Points of the points there are: 0 to 1, four decimals. */
  readonly score: string;
  readonly riskProfile: RiskProfile;
}

interface AnswerIssue {
  readonly path: string;
  readonly problem: string;
}

/**
 * Score and profile of a whole set of answers, or what is wrong with it. Below one third is conservative, below two thirds moderate. Who needs
 * the money soon is conservative whatever else they say: they cannot wait for a recovery.
 */
export function scoreAnswers(answers: Readonly<Record<string, string>>): RiskScore | { readonly issues: readonly AnswerIssue[] } {
  const { questions } = questionnaire;
  const known = new Set(questions.map(({ id }) => id));
  const chosen = questions.map(({ id, options }) => ({ id, option: options.find((option) => option.id === answers[id]) }));
  const issues = [
    ...Object.keys(answers).flatMap((id) => (known.has(id) ? [] : [{ path: `answers.${id}`, problem: 'not a question of this version' }])),
    ...chosen.flatMap(({ id, option }) =>
      option === undefined ? [{ path: `answers.${id}`, problem: 'one of the options of this question' }] : [],
    ),
  ];
  if (issues.length > 0) return { issues };
  const sum = (of: readonly number[]): number => of.reduce((total, points) => total + points, 0);
  const most = sum(questions.map(({ options }) => Math.max(...options.map(({ points }) => points))));
  const fraction = sum(chosen.map(({ option }) => option?.points ?? 0)) / most;
  const needsItSoon = answers['horizon'] === 'short';
  const capped = needsItSoon ? Math.min(fraction, 0.3) : fraction;
  return { score: toDecimalString(decimal(capped.toFixed(4))), riskProfile: profileOf(capped) };
}

function profileOf(fraction: number): RiskProfile {
  if (fraction < 1 / 3) return 'CONSERVATIVE';
  return fraction < 2 / 3 ? 'MODERATE' : 'AGGRESSIVE';
}
