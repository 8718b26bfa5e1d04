import { systemClock } from '@trii/kernel';
import { authenticationClaim } from './authentication/authentication-claim.ts';
import type { BenchPlace, BenchSize, Claim } from './claim.ts';
import { importClaim } from './import/import-claim.ts';
import { jobClaim } from './job/job-claim.ts';
import { describeMachine, isBusy, type LoadAverage, loadAverage, type Machine } from './machine.ts';
import { type Measured, measurePairs } from './measure-pairs.ts';
import { personalDataClaim } from './personal-data/personal-data-claim.ts';
import { postingsClaim } from './postings/postings-claim.ts';
import { queryClaim } from './query/query-claim.ts';
import { seriesClaim } from './series/series-claim.ts';
import type { DatabaseFacts } from './servers.ts';

export const claims: readonly Claim[] = [
  importClaim,
  queryClaim,
  jobClaim,
  seriesClaim,
  personalDataClaim,
  authenticationClaim,
  postingsClaim,
];

/** Fewer rounds show that the bench runs, and nothing else. */
export const ROUNDS_OF_A_CLAIM = 5;

export interface BenchRun {
  readonly claims: readonly Claim[];
  readonly place: BenchPlace;
  readonly database: DatabaseFacts;
  readonly size: BenchSize;
  readonly rounds: number;
  /** Ends the run between two samples. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BenchProgress) => void;
}

export interface BenchProgress {
  readonly claim: string;
  readonly measure: string;
  readonly round: number;
  readonly ours: number;
  readonly bare: number;
}

export interface ClaimReport {
  readonly claim: string;
  readonly ours: string;
  readonly bare: string;
  readonly measures: readonly Measured[];
}

export interface BenchReport {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly database: DatabaseFacts;
  /** Before the first sample and after the last. */
  readonly load: { readonly before: LoadAverage; readonly after: LoadAverage };
  readonly isBusy: boolean;
  readonly rounds: number;
  readonly claims: readonly ClaimReport[];
}

/** Measures claim after claim. It reports; whether a target was met fails nothing. */
export async function runBench(run: BenchRun): Promise<BenchReport> {
  const startedAt = systemClock.now().toISOString();
  const machine = describeMachine();
  const before = loadAverage();
  const reports: ClaimReport[] = [];
  for (const claim of run.claims) reports.push(await measureClaim(claim, run));
  const load = { before, after: loadAverage() };
  return { startedAt, machine, database: run.database, load, isBusy: isBusy(before, machine.cores), rounds: run.rounds, claims: reports };
}

async function measureClaim(claim: Claim, { place, size, rounds, signal, onProgress }: BenchRun): Promise<ClaimReport> {
  signal.throwIfAborted();
  await using opened = await claim.open(place, size);
  const measures: Measured[] = [];
  for (const measure of opened.measures) {
    const onRound = (round: number, rates: { readonly ours: number; readonly bare: number }): void =>
      onProgress({ claim: claim.name, measure: measure.name, round, ...rates });
    measures.push(await measurePairs(measure, { rounds, signal, onRound }));
  }
  return { claim: claim.name, ours: claim.ours, bare: claim.bare, measures };
}
