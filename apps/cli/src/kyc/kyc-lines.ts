import type { identity, OutputOf } from '@trii/contract';
import { table } from '../output.ts';

type Pending = OutputOf<typeof identity.pendingKyc>['items'];
type Case = OutputOf<typeof identity.kycCase>;

export function pendingLines(items: Pending): string[] {
  if (items.length === 0) return ['Nobody waits for a decision.'];
  const rows = items.map(({ userId, submittedAt, documents, screenings }) => [
    userId,
    submittedAt,
    String(documents),
    screenings.map(({ check, outcome }) => `${check} ${outcome}`).join(', ') || 'not yet',
  ]);
  return table([['user', 'handed in', 'documents', 'providers'], ...rows]);
}

export function caseLines({ userId, kycStatus, documents, submissions, decisions, screenings, ...person }: Case): string[] {
  const told = [person.firstName, person.lastName, person.birthDate, person.countryCode].map((value) => value ?? '-').join('  ');
  return [
    `${userId}  ${kycStatus}  ${told}`,
    ...section(
      'documents',
      documents.map((d) => [d.documentId, d.kind, d.contentType, `${d.bytes} bytes`, d.addedAt]),
    ),
    ...section(
      'handed in',
      submissions.map((s) => [s.submittedAt, `${s.documentIds.length} documents`, s.decisionId === null ? 'open' : 'decided']),
    ),
    ...section(
      'providers',
      screenings.map((s) => [s.screenedAt, s.provider, s.check, s.outcome, s.findings.join(' ')]),
    ),
    ...section(
      'decisions',
      decisions.map((d) => [d.decidedAt, `${d.previousStatus} -> ${d.status}`, d.reason ?? 'erased']),
    ),
  ];
}

const section = (title: string, rows: string[][]): string[] =>
  rows.length === 0 ? [] : ['', title, ...table(rows).map((line) => `  ${line}`)];
