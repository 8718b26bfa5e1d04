import { scaleSql } from '@trii/db';
import { systemClock } from '@trii/kernel';
import { openSecrets } from '@trii/stack';
import type { BenchPlace } from '../claim.ts';
import { describeMachine, isBusy, type LoadAverage, loadAverage, type Machine } from '../machine.ts';
import type { DatabaseFacts } from '../servers.ts';
import { spreadOf, type Spread } from '../spread.ts';
import { commandProbes, investorProbes } from './investor-probes.ts';
import { chunksOf, inLanes } from './lanes.ts';
import { platformProbes } from './platform-probes.ts';
import type { Probe } from './probe.ts';
import { openScaleWorld, type ScaleWorld } from './scale-world.ts';
import { openLanes } from './seed-connections.ts';
import { seedScale, type SeedReport } from './seed-scale.ts';

export const probes: readonly Probe[] = [...investorProbes, ...platformProbes, ...commandProbes];

/** Of the whole: where growth is counted from. */
const SMALL_PART = 100;
const TRACES_PER_CHUNK = 1_000;

export interface GrowthRun {
  readonly place: BenchPlace;
  /** A superuser's, to load and to prepare what no serving role may. */
  readonly adminUrl: string;
  readonly database: DatabaseFacts;
  /** All of it; the first measurement is of a hundredth. */
  readonly portfolios: number;
  /** A test takes fewer than a median needs. */
  readonly samplesMax?: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
  readonly onMeasured: (progress: { readonly portfolios: number; readonly name: string; readonly milliseconds: number }) => void;
}

export interface Growth {
  readonly name: string;
  readonly samples: number;
  /** Milliseconds, at a hundredth and at all of it. */
  readonly small: Spread;
  readonly whole: Spread;
  /** Of the medians. */
  readonly ratio: number;
}

export interface GrowthReport {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly database: DatabaseFacts;
  readonly load: { readonly before: LoadAverage; readonly after: LoadAverage };
  readonly isBusy: boolean;
  readonly portfolios: { readonly small: number; readonly whole: number };
  readonly bytes: { readonly small: number; readonly whole: number };
  readonly seed: SeedReport;
  readonly growth: readonly Growth[];
}

/**
 * Times every probe on a hundredth, extends the database to all of it, and times them again: same server, same process, same statements.
 */
export async function measureGrowth(run: GrowthRun): Promise<GrowthReport> {
  const startedAt = systemClock.now().toISOString();
  const machine = describeMachine();
  const before = loadAverage();
  const small = await measureAt(run, Math.max(1, Math.round(run.portfolios / SMALL_PART)));
  const whole = await measureAt(run, run.portfolios);
  const growth = probes.map(({ name, samples }, index): Growth => {
    const [from, to] = [spreadOf(small.times[index] ?? []), spreadOf(whole.times[index] ?? [])];
    return { name, samples, small: from, whole: to, ratio: to.median / from.median };
  });
  return {
    startedAt,
    machine,
    database: run.database,
    load: { before, after: loadAverage() },
    isBusy: isBusy(before, machine.cores),
    portfolios: { small: small.seed.portfolios, whole: whole.seed.portfolios },
    bytes: { small: small.bytes, whole: whole.bytes },
    seed: whole.seed,
    growth,
  };
}

interface Measured {
  readonly seed: SeedReport;
  readonly bytes: number;
  /** Of each probe, in milliseconds. */
  readonly times: readonly (readonly number[])[];
}

async function measureAt(run: GrowthRun, portfolios: number): Promise<Measured> {
  const { place, adminUrl, onStep, onMeasured } = run;
  const seed = await loadAll(run, portfolios);
  await using world = await openScaleWorld(place, adminUrl, portfolios);
  const times: number[][] = [];
  onStep(`measuring ${portfolios.toLocaleString('en-US')} portfolios`);
  for (const probe of probes) {
    const taken = await timesOf(probe, world, run);
    times.push(taken);
    onMeasured({ portfolios, name: probe.name, milliseconds: spreadOf(taken).median });
  }
  // What the commands made due is nobody's any more: the next size begins with nothing due, as this one did.
  await world.admin.query(
    "UPDATE portfolios SET snapshots_dirty_from = NULL WHERE snapshots_dirty_from IS NOT NULL; UPDATE deliveries SET status = 'done' WHERE status <> 'done'",
  );
  const { rows } = await world.admin.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
  return { seed, bytes: Number(rows[0]?.bytes ?? 0), times };
}

async function loadAll({ place, adminUrl, signal, onStep }: GrowthRun, portfolios: number): Promise<SeedReport> {
  const at = { adminUrl, ownerUrl: place.servers.DATABASE_OWNER_URL };
  let said = '';
  const seed = await seedScale({
    place: at,
    portfolios,
    passwordHash: null,
    signal,
    onProgress: ({ step }) => {
      if (step !== said) onStep(`${portfolios.toLocaleString('en-US')} portfolios: ${step}`);
      said = step;
    },
  });
  onStep(`${portfolios.toLocaleString('en-US')} portfolios: sessions, audit rows and events`);
  await using lanes = await openLanes(at, 2);
  const sql = scaleSql('traces');
  await inLanes(lanes.clients, chunksOf(1, portfolios, TRACES_PER_CHUNK), {
    signal,
    onDone: () => undefined,
    work: async (client, { first, last }) => {
      await client.query('UPDATE scale_chunk SET first = $1, last = $2', [first, last]);
      await client.query(sql);
      return 0;
    },
  });
  await lanes.first.query('VACUUM (ANALYZE) user_sessions, audit_logs, outbox, deliveries');
  await lanes.first.query('CHECKPOINT');
  return seed;
}

async function timesOf(probe: Probe, world: ScaleWorld, { signal, samplesMax = probe.samples }: GrowthRun): Promise<number[]> {
  const times: number[] = [];
  const warmUps = Math.min(probe.warmUps, samplesMax);
  for (let sample = -warmUps; sample < Math.min(probe.samples, samplesMax); sample += 1) {
    signal.throwIfAborted();
    const number = sample + warmUps;
    await probe.before?.(world, number);
    const start = performance.now();
    await probe.run(world, number);
    const taken = performance.now() - start;
    await probe.after?.(world, number);
    if (sample >= 0) times.push(taken);
  }
  return times;
}

/** The embedded server's superuser, whose password stands in the bench's own folder. */
export function embeddedAdminUrl({ servers, folder }: BenchPlace): string {
  const url = new URL(servers.DATABASE_OWNER_URL);
  url.username = 'postgres';
  url.password = openSecrets(folder).postgres;
  return url.href;
}
