import { describe, expect, it } from 'vitest';
import type { FileReport } from './import-file.ts';
import { reportLines, reportValue } from './import-report.ts';

const report: FileReport = {
  counts: { read: 12_345, inserted: 10_000, corrected: 45, unchanged: 2_000, rejected: 300, skipped: 7 },
  rejects: { path: 'x.rejects.csv', byReason: { zero_price: 100, not_a_session: 200 }, leftOut: 5 },
  ignoredColumns: ['Adj Close'],
  milliseconds: 2_000,
};

describe('the closing report', () => {
  it('accounts for every line, the most frequent reason first', () => {
    expect(reportLines(report, false)).toEqual([
      'read       12,345  in 2.0 s, 6,173 a second',
      'written    10,045  10,000 inserted, 45 corrected',
      'unchanged  2,000',
      'rejected   300',
      'skipped    7       lines of other symbols',
      'Columns not read: "Adj Close"',
      '  200  not_a_session  the exchange had no session on that day',
      '  100  zero_price     a price is zero',
      'Each rejected line with its reason: x.rejects.csv, but for 5 that found no room',
    ]);
  });

  it('says of a dry run that nothing was written, and nothing of rejects when there are none', () => {
    const clean = {
      ...report,
      counts: { ...report.counts, rejected: 0, skipped: 0 },
      rejects: { path: null, byReason: {}, leftOut: 0 },
      ignoredColumns: [],
    };
    expect(reportLines(clean, true).slice(1)).toEqual([
      'would be written  10,045  10,000 inserted, 45 corrected',
      'unchanged         2,000',
      'rejected          0',
    ]);
  });

  it('is one JSON value for programs', () => {
    expect(reportValue(report, false)).toMatchObject({ read: 12_345, written: 10_045, reasons: { zero_price: 100 }, rejectsLeftOut: 5 });
  });
});
