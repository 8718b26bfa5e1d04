import { expect, test } from 'vitest';
import type { BenchReport } from './bench.ts';
import { isBusy } from './machine.ts';
import type { Measured } from './measure-pairs.ts';
import { reportLines } from './report.ts';

const measure: Measured = {
  name: 'widgets',
  unit: 'rows',
  target: 0.8,
  ratio: { median: 0.804, min: 0.71, max: 0.9 },
  ours: { median: 80_400.4, min: 71_000, max: 90_000 },
  bare: { median: 100_000, min: 99_000, max: 101_000 },
  rounds: [],
};

const report = (given: Partial<BenchReport> = {}): BenchReport => ({
  startedAt: '2026-11-23T12:00:00.000Z',
  machine: { processor: 'A processor', cores: 2, memoryGb: 24, system: 'linux 6', runtime: 'Bun 1' },
  database: {
    version: '18.4',
    seriesEngine: 'native',
    fsync: 'on',
    synchronousCommit: 'on',
    sharedBuffers: '256MB',
    isEmbedded: true,
  },
  load: { before: [0.1, 0.2, 0.3], after: [2, 1, 0.5] },
  isBusy: false,
  rounds: 5,
  claims: [{ claim: 'import', ours: 'so', bare: 'that', measures: [measure] }],
  ...given,
});

const textOf = (given?: Partial<BenchReport>): string => reportLines(report(given)).join('\n');
const withMeasure = (change: Partial<Measured>): BenchReport['claims'] => [
  { claim: 'import', ours: 'so', bare: 'that', measures: [{ ...measure, ...change }] },
];

test('a measure shows the median ratio with its spread, the target and both rates', () => {
  const text = textOf();
  expect(text).toContain('ratio 0.80 (0.71 to 0.90), target 0.8: met');
  expect(text).toContain('ours 80,400 (71,000 to 90,000), bare 100,000 (99,000 to 101,000) rows/s');
});

test('a ratio that only rounds to its target misses it', () => {
  expect(textOf({ claims: withMeasure({ ratio: { median: 0.7999, min: 0.7, max: 0.9 } }) })).toContain('target 0.8: MISSED');
});

test('what nothing is claimed of says so', () => {
  expect(textOf({ claims: withMeasure({ target: null }) })).toContain('no claim');
});

test('the surroundings are told, and what makes the figures doubtful', () => {
  expect(textOf()).toContain('PostgreSQL 18.4 (embedded), fsync on, synchronous_commit on');
  expect(textOf()).not.toContain('!');
  expect(textOf({ isBusy: true })).toContain('! The machine was busy');
  expect(textOf({ rounds: 4 })).toContain('! Fewer than 5 rounds');
});

test('a machine is busy when others use more than a quarter of its cores', () => {
  expect(isBusy([0.5, 9, 9], 2)).toBe(false);
  expect(isBusy([0.51, 0, 0], 2)).toBe(true);
});
