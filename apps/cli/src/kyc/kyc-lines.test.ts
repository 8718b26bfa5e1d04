import { expect, it } from 'vitest';
import { caseLines, pendingLines } from './kyc-lines.ts';

const at = '2026-11-23T10:00:00.000Z';

it('shows who waits in columns, and says when nobody does', () => {
  const waits = { userId: 'u1', submissionId: 's1', submittedAt: at, documents: 2 };
  expect(
    pendingLines([
      { ...waits, screenings: [{ check: 'SANCTIONS', outcome: 'MATCH' }] },
      { ...waits, userId: 'u22', screenings: [] },
    ]),
  ).toEqual([
    'user  handed in                 documents  providers',
    `u1    ${at}  2          SANCTIONS MATCH`,
    `u22   ${at}  2          not yet`,
  ]);
  expect(pendingLines([])).toEqual(['Nobody waits for a decision.']);
});

it('shows of a case what there is, and what was erased as such', () => {
  const lines = caseLines({
    userId: 'u1',
    kycStatus: 'REJECTED',
    firstName: 'Ada',
    lastName: null,
    birthDate: null,
    countryCode: 'CO',
    documents: [],
    submissions: [],
    screenings: [],
    decisions: [{ decisionId: 'd1', previousStatus: 'PENDING', status: 'REJECTED', reason: null, decidedAt: at }],
  });
  expect(lines).toEqual(['u1  REJECTED  Ada  -  -  CO', '', 'decisions', `  ${at}  PENDING -> REJECTED  erased`]);
});
