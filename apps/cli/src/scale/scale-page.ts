import type { SeedReport } from '@trii/bench';
import { givenServers, type DataFolder } from '@trii/stack';
import { duration, table } from '../output.ts';

/** What was loaded, what it took, and whether it is lawful. */
export function scaleLines(report: SeedReport, folder: DataFolder): string[] {
  const { portfolios, steps, milliseconds, checks } = report;
  const counted = checks.filter(({ isFault }) => !isFault).map(({ name, found }) => [name, grouped(found)]);
  const faults = checks.filter(({ isFault }) => isFault).map(({ name, found }) => [name, grouped(found)]);
  return [
    '',
    ...indented(table(steps.map(({ step, milliseconds: took }) => [step, duration(took)]))),
    '',
    ...indented(table([...counted, ...faults])),
    '',
    `${grouped(portfolios)} portfolios are there and lawful, after ${duration(milliseconds)}.`,
    givenServers() === undefined
      ? `Look at one with: TRII_PASSWORD=<demo_password in ${folder.secretsFile}> trii portfolio show --as scale-000001@example.com`
      : 'Nobody can sign in as one of these investors.',
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const grouped = (count: number): string => count.toLocaleString('en-US');
