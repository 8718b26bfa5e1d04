import { scaleSql } from '@trii/db';
import { invariant, newId } from '@trii/kernel';
import type { Client } from 'pg';
import { z } from 'zod';
import { type Chunk, chunksOf, inLanes, type Progress } from './lanes.ts';
import { openLanes, type SeedPlace } from './seed-connections.ts';
import { instrumentsOf, LAST_SESSION, SCALE_MAX } from './scale-size.ts';
import { type Check, failedChecks, readChecks } from './seed-checks.ts';

/** Both cores of a small machine, and no more connections than that. */
const LANES = 2;
/** 100,000 bars to a transaction. */
const INSTRUMENTS_PER_CHUNK = 50;
/** 42,000 postings to a statement: what the ledger's trigger holds in memory is bounded by it. */
const PORTFOLIOS_PER_CHUNK = 1_000;
const ROLLUP_HOURS = 1_000;
/** Far beyond the 35,000 hours of 5,000 instruments. */
const ROLLUP_CALLS_MAX = 10_000;

export interface ScaleSeed {
  readonly place: SeedPlace;
  readonly portfolios: number;
  /** Opens scale-000001@example.com, as which one may then sign in; null leaves every account closed. */
  readonly passwordHash: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SeedProgress) => void;
  /** How many are written by one transaction; a test takes fewer. */
  readonly portfoliosPerChunk?: number;
}

export interface SeedProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
  /** Written so far in this step. */
  readonly rows: number;
  /** Since the step began. */
  readonly milliseconds: number;
}

export interface SeedReport {
  readonly portfolios: number;
  readonly steps: readonly { readonly step: string; readonly milliseconds: number }[];
  readonly milliseconds: number;
  readonly checks: readonly Check[];
}

/**
 * Fills an empty database, or extends a scaled one, with as many investors of one portfolio each, all of it lawful: the ledger's trigger, every foreign
 * key and every CHECK judge each row. What is there already stays as it is, so it may be ended and run again at any point.
 * @throws CodedError SCALE_NEEDS_ADMIN, SCALE_DATABASE_IN_USE, SCALE_BUSY, SCALE_NOT_LAWFUL
 */
export async function seedScale(seed: ScaleSeed): Promise<SeedReport> {
  invariant(seed.portfolios >= 1 && seed.portfolios <= SCALE_MAX, `a load has 1 to ${SCALE_MAX} portfolios`);
  const start = performance.now();
  await using lanes = await openLanes(seed.place, LANES);
  const steps: { step: string; milliseconds: number }[] = [];
  const timed = async <T>(step: string, work: (report: Report) => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const report = ({ done, total, rows }: Progress): void =>
      seed.onProgress({ step, done, total, rows, milliseconds: performance.now() - begun });
    report({ done: 0, total: 1, rows: 0 });
    const result = await work(report);
    steps.push({ step, milliseconds: performance.now() - begun });
    return result;
  };
  const inChunks = (sql: string, chunks: readonly Chunk[]) => (report: Report) =>
    inLanes(lanes.clients, chunks, { signal: seed.signal, work: (client, chunk) => runChunk(client, sql, chunk), onDone: report });

  await timed('preparing', () => prepare(lanes.first, lanes.owner));
  await timed(
    'instruments and bars',
    inChunks(scaleSql('instruments'), chunksOf(0, instrumentsOf(seed.portfolios) - 1, INSTRUMENTS_PER_CHUNK)),
  );
  await timed('rollups', (report) => refreshRollups(lanes.first, { ...seed, report }));
  await timed('closes', () => inAll(lanes.clients, scaleSql('closes')));
  await timed('investors', inChunks(scaleSql('investors'), chunksOf(1, seed.portfolios, seed.portfoliosPerChunk ?? PORTFOLIOS_PER_CHUNK)));
  await timed('account', () => openAccount(lanes.first, seed.passwordHash));
  await timed('vacuum and statistics', () => vacuum(lanes.clients));
  const checks = await timed('checks', () => readChecks(lanes.first, seed.portfolios));
  failedChecks(checks);
  await audit(lanes.first, seed.portfolios);
  return { portfolios: seed.portfolios, steps, milliseconds: performance.now() - start, checks };
}

type Report = (progress: Progress) => void;

/**
 * Before the first investor the platform is told at which date it values: workers that look meanwhile would else carry the prices of that day up to today.
 * The day of the minutes becomes the owner's partition.
 */
async function prepare(admin: Client, owner: Client): Promise<void> {
  await admin.query('UPDATE valuation_clock SET valuation_date = $1, updated_at = now() WHERE valuation_date IS DISTINCT FROM $1', [
    LAST_SESSION,
  ]);
  await owner.query("SELECT create_partitions(table_name, unit, $1, $1) FROM partitioned_tables('day') WHERE table_name = 'market_data'", [
    LAST_SESSION,
  ]);
}

/** One text of several statements without parameters is one transaction. */
async function runChunk(client: Client, sql: string, { first, last }: Chunk): Promise<number> {
  await client.query('UPDATE scale_chunk SET first = $1, last = $2', [first, last]);
  return rowsWritten(await client.query(sql));
}

/** The last statement of a chunk says how many rows it wrote. The driver answers several statements by a result for each, which its types do not know. */
function rowsWritten(results: unknown): number {
  return Said.parse(Array.isArray(results) ? results.at(-1) : results).rows[0].written;
}

const Said = z.object({ rows: z.tuple([z.object({ written: z.coerce.number() })]) });

async function inAll(clients: readonly Client[], sql: string): Promise<void> {
  await Promise.all(clients.map((client) => client.query(sql)));
}

async function refreshRollups(
  client: Client,
  { signal, report }: { readonly signal: AbortSignal; readonly report: Report },
): Promise<void> {
  let hours = 0;
  for (let call = 0; call < ROLLUP_CALLS_MAX; call += 1) {
    signal.throwIfAborted();
    const { rows } = await client.query<{ hours: number }>('SELECT refresh_market_rollups($1) AS hours', [ROLLUP_HOURS]);
    const taken = rows[0]?.hours ?? 0;
    if (taken === 0) return;
    hours += taken;
    report({ done: hours, total: hours + 1, rows: hours });
  }
}

async function openAccount(client: Client, passwordHash: string | null): Promise<void> {
  if (passwordHash === null) return;
  await client.query("UPDATE users SET password_hash = $1 WHERE id = pg_temp.scale_id('user', 1)", [passwordHash]);
}

/** What a day of autovacuum would have done: the maps for index-only scans, and figures for the planner, of partitioned tables too. */
async function vacuum([first, second]: readonly Client[]): Promise<void> {
  await Promise.all([
    first?.query('VACUUM (ANALYZE) users, portfolios, positions, postings'),
    second?.query('VACUUM (ANALYZE) trades, fills, portfolio_snapshots, instruments, daily_bars, market_data'),
  ]);
}

/** The load stands beside the executor, so it has a row of its own in the audit. */
async function audit(client: Client, portfolios: number): Promise<void> {
  await client.query(
    `SELECT append_audit($1::uuid, NULL, 'DATABASE', NULL, 'SEED', NULL, jsonb_build_object('portfolios', $2::integer), NULL, NULL, now(), 'system:cli', 'seed.scale', 'ok', $1::text)`,
    [newId(), portfolios],
  );
}
