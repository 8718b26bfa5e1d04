import type { Growth, GrowthReport } from './measure-growth.ts';

/** Beyond this a probe grew; below it the difference is the machine's. */
const GREW = 2;
const BAR_WIDTH = 30;
const MB = 1_000_000;

/** The report for people: surroundings, then a line and a bar for each probe. */
export function growthLines(report: GrowthReport): string[] {
  const width = Math.max(...report.growth.map(({ name }) => name.length));
  const longest = Math.max(...report.growth.map(({ whole }) => whole.median));
  return [
    ...surroundings(report),
    '',
    `${'median of one run'.padEnd(width)}  ${heading(report.portfolios.small)} ${heading(report.portfolios.whole)}   ratio`,
    ...report.growth.map(
      (one) =>
        `${one.name.padEnd(width)}  ${time(one.small.median)} ${time(one.whole.median)} ${ratioText(one.ratio)}  ${bar(one, longest)}`,
    ),
    '',
    `▓ at ${grouped(report.portfolios.small)} portfolios, ░ what it grew to at ${grouped(report.portfolios.whole)}; each step to the right is as many times longer`,
  ];
}

/** The same as rows of a page of documentation. */
export function growthRows(report: GrowthReport): string[] {
  const { small, whole } = report.portfolios;
  return [
    `| what | ${grouped(small)} portfolios | ${grouped(whole)} portfolios | ratio |`,
    '|---|---|---|---|',
    ...report.growth.map(
      ({ name, small: from, whole: to, ratio }) =>
        `| ${name} | ${time(from.median).trim()} | ${time(to.median).trim()} | ${ratio.toFixed(1)} |`,
    ),
  ];
}

function surroundings({ startedAt, machine, database, load, isBusy, portfolios, bytes, seed }: GrowthReport): string[] {
  const lines = [
    `${startedAt}: ${grouped(portfolios.small)} portfolios, then ${grouped(portfolios.whole)} in the same database`,
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, ${machine.runtime}`,
    `PostgreSQL ${database.version}, fsync ${database.fsync}, synchronous_commit ${database.synchronousCommit}, shared_buffers ${database.sharedBuffers}, series ${database.seriesEngine}`,
    `load average ${load.before.join(', ')} before, ${load.after.join(', ')} after`,
    `the database took ${grouped(Math.round(bytes.small / MB))} MB, then ${grouped(Math.round(bytes.whole / MB))} MB; the second load took ${(seed.milliseconds / 1000).toFixed(0)} s:`,
    `  ${seed.steps.map(({ step, milliseconds }) => `${step} ${(milliseconds / 1000).toFixed(1)} s`).join(', ')}`,
  ];
  if (isBusy) lines.push('! The machine was busy before the first sample: compare the two columns, not the figures with others.');
  return lines;
}

/** Logarithmic from a tenth of a millisecond: what is read at a glance is how much longer the bar got. */
function bar({ small, whole }: Growth, longest: number): string {
  const reach = (milliseconds: number): number =>
    Math.max(1, Math.round((Math.log(Math.max(milliseconds, 0.1) / 0.1) / Math.log(Math.max(longest, 1) / 0.1)) * BAR_WIDTH));
  const from = reach(small.median);
  return '▓'.repeat(from) + '░'.repeat(Math.max(0, reach(whole.median) - from));
}

const heading = (portfolios: number): string => grouped(portfolios).padStart(10);
const ratioText = (ratio: number): string => `${ratio.toFixed(1).padStart(6)}${ratio >= GREW ? ' !' : '  '}`;
const time = (milliseconds: number): string =>
  `${milliseconds < 10 ? milliseconds.toFixed(2) : grouped(Math.round(milliseconds))} ms`.padStart(10);
const grouped = (value: number): string => value.toLocaleString('en-US');
