import { type BenchReport, type ClaimReport, ROUNDS_OF_A_CLAIM } from './bench.ts';
import type { Measured } from './measure-pairs.ts';
import type { Spread } from './spread.ts';

/** The report for people. */
export function reportLines(report: BenchReport): string[] {
  return [...surroundings(report), ...report.claims.flatMap((claim) => ['', ...claimLines(claim)])];
}

function surroundings({ startedAt, machine, database, load, isBusy, rounds }: BenchReport): string[] {
  const where = database.isEmbedded ? 'embedded' : 'given by the environment';
  const lines = [
    `${startedAt}, ${rounds} rounds after a warm-up: ours, bare, ours, bare …`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ${machine.runtime}`,
    `PostgreSQL ${database.version} (${where}), fsync ${database.fsync}, synchronous_commit ${database.synchronousCommit}, shared_buffers ${database.sharedBuffers}, series ${database.seriesEngine}`,
    `load average ${load.before.join(', ')} before, ${load.after.join(', ')} after`,
  ];
  if (isBusy)
    lines.push(
      '! The machine was busy before the first sample: the ratios may hold, the absolute figures are too low. Run it again on an idle one.',
    );
  if (rounds < ROUNDS_OF_A_CLAIM) lines.push(`! Fewer than ${ROUNDS_OF_A_CLAIM} rounds prove no claim.`);
  return lines;
}

function claimLines({ claim, ours, bare, measures }: ClaimReport): string[] {
  return [claim, `  ours: ${ours}`, `  bare: ${bare}`, ...measures.flatMap(measureLines)];
}

function measureLines({ name, unit, target, ratio, ours, bare }: Measured): string[] {
  const verdict = target === null ? 'no claim' : `target ${target}: ${ratio.median >= target ? 'met' : 'MISSED'}`;
  return [
    `  ${name}`,
    `    ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}), ${verdict}`,
    `    ours ${rates(ours)}, bare ${rates(bare)} ${unit}/s`,
  ];
}

const rates = ({ median, min, max }: Spread): string => `${grouped(median)} (${grouped(min)} to ${grouped(max)})`;
const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');
