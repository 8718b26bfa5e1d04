import { type RejectReason, rejectReasons } from '@trii/domain';
import { duration, table } from '../output.ts';
import type { FileReport } from './import-file.ts';

/** The report as one JSON value. */
export function reportValue(report: FileReport, dryRun: boolean): Record<string, unknown> {
  const { counts, rejects, ignoredColumns, milliseconds } = report;
  return {
    dryRun,
    ...counts,
    written: counts.inserted + counts.corrected,
    reasons: rejects.byReason,
    rejectFile: rejects.path,
    rejectsLeftOut: rejects.leftOut,
    ignoredColumns,
    milliseconds,
  };
}

/** The report as lines for a person. */
export function reportLines(report: FileReport, dryRun: boolean): string[] {
  const { counts, rejects, ignoredColumns, milliseconds } = report;
  const { read, inserted, corrected, unchanged, rejected, skipped } = counts;
  const rate = Math.round(read / Math.max(milliseconds / 1000, 0.001));
  const lines = table([
    ['read', grouped(read), `in ${duration(milliseconds)}, ${grouped(rate)} a second`],
    [
      dryRun ? 'would be written' : 'written',
      grouped(inserted + corrected),
      `${grouped(inserted)} inserted, ${grouped(corrected)} corrected`,
    ],
    ['unchanged', grouped(unchanged), ''],
    ['rejected', grouped(rejected), ''],
    ...(skipped > 0 ? [['skipped', grouped(skipped), 'lines of other symbols']] : []),
  ]);
  if (ignoredColumns.length > 0) lines.push(`Columns not read: ${ignoredColumns.map((name) => `"${name}"`).join(', ')}`);
  return [...lines, ...rejectLines(rejects)];
}

function rejectLines({ byReason, path, leftOut }: FileReport['rejects']): string[] {
  const reasons = Object.entries(byReason) as ReadonlyArray<[RejectReason, number]>;
  if (path === null || reasons.length === 0) return [];
  const rows = reasons.toSorted((a, b) => b[1] - a[1]).map(([reason, count]) => [`  ${grouped(count)}`, reason, rejectReasons[reason]]);
  const rest = leftOut > 0 ? `, but for ${grouped(leftOut)} that found no room` : '';
  return [...table(rows), `Each rejected line with its reason: ${path}${rest}`];
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
