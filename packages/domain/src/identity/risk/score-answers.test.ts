import { expect, it } from 'vitest';
import { questionnaire } from './questionnaire.ts';
import { scoreAnswers } from './score-answers.ts';

const answers = (...options: readonly string[]): Record<string, string> =>
  Object.fromEntries(['horizon', 'loss', 'experience', 'income', 'goal'].map((question, index) => [question, options[index] ?? '']));

// By hand: 20 points at most, 0, 2 or 4 for an answer.
it.each([
  [answers('medium', 'sell', 'none', 'unstable', 'preserve'), '0.1', 'CONSERVATIVE'],
  [answers('medium', 'hold', 'none', 'stable', 'preserve'), '0.3', 'CONSERVATIVE'],
  [answers('medium', 'hold', 'none', 'stable', 'growth'), '0.4', 'MODERATE'],
  [answers('long', 'hold', 'some', 'reserves', 'preserve'), '0.6', 'MODERATE'],
  [answers('long', 'hold', 'some', 'reserves', 'growth'), '0.7', 'AGGRESSIVE'],
  [answers('long', 'buy', 'much', 'reserves', 'maximum'), '1', 'AGGRESSIVE'],
  [answers('short', 'buy', 'much', 'reserves', 'maximum'), '0.3', 'CONSERVATIVE'],
])('scores %j', (given, score, riskProfile) => {
  expect(scoreAnswers(given)).toEqual({ score, riskProfile });
});

it('names each question that was not answered, wrongly or without being asked', () => {
  const { goal: _goal, ...four } = answers('long', 'hold', 'some', 'stable', 'growth');
  expect(scoreAnswers({ ...four, loss: 'cry', colour: 'red' })).toEqual({
    issues: [
      { path: 'answers.colour', problem: 'not a question of this version' },
      { path: 'answers.loss', problem: 'one of the options of this question' },
      { path: 'answers.goal', problem: 'one of the options of this question' },
    ],
  });
});

it('asks everything in both languages, with options that differ in points', () => {
  for (const { text, options } of questionnaire.questions) {
    expect([text, ...options.map((option) => option.text)].every(({ es, en }) => es !== '' && en !== '' && es !== en)).toBe(true);
    expect(new Set(options.map(({ points }) => points)).size).toBe(options.length);
  }
});
