import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from '@trii/stack';
import { createTestDatabase, type TestDatabase, withClient } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claims, runBench } from './bench.ts';
import type { BenchSize, Claim } from './claim.ts';
import { importClaim } from './import/import-claim.ts';
import { reportLines } from './report.ts';
import type { DatabaseFacts } from './servers.ts';
import { openBenchServers } from './servers.ts';

// Whether the benches do what they say, on a handful of rows. How fast they are is nobody's business here.

const tiny: BenchSize = { bars: 400, calls: 20, jobs: 30, postings: 1_000 };
const facts: DatabaseFacts = {
  version: '18',
  seriesEngine: 'native',
  fsync: 'off',
  synchronousCommit: 'off',
  sharedBuffers: '256MB',
  isEmbedded: true,
};

let database: TestDatabase;
let folder: DataFolder;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = openDataFolder(mkdtempSync(join(tmpdir(), 'trii-test-bench-')));
});

afterAll(async () => {
  rmSync(folder.dir, { recursive: true });
  await database.close();
});

const place = () => ({ servers: database.servers, folder });

test.each(claims)(
  'the claim $name is measured on both sides',
  async (claim: Claim) => {
    const rounds: unknown[] = [];
    const report = await runBench({
      claims: [claim],
      place: place(),
      database: facts,
      size: tiny,
      rounds: 1,
      signal: new AbortController().signal,
      onProgress: (round) => rounds.push(round),
    });
    const measures = report.claims.flatMap((one) => one.measures);
    expect(measures.length).toBeGreaterThan(0);
    expect(rounds).toHaveLength(measures.length);
    for (const { ours, bare, ratio } of measures) {
      expect(ours.median).toBeGreaterThan(0);
      expect(bare.median).toBeGreaterThan(0);
      expect(ratio.median).toBeCloseTo(ours.median / bare.median, 10);
    }
    expect(reportLines(report).join('\n')).toContain(`target ${measures.find(({ target }) => target !== null)?.target}`);
  },
  120_000,
);

test('an import and its bare COPY leave the very same rows', async () => {
  await using opened = await importClaim.open(place(), tiny);
  for (const [index, columns] of [
    [0, 'instrument_id, session_date, open, high, low, close, volume, source'],
    [2, 'instrument_id, "timestamp", open, high, low, close, volume'],
  ] as const) {
    const rows = () =>
      withClient(database.urls.admin, async (admin) => {
        const table = index === 0 ? 'daily_bars' : 'market_data';
        return (await admin.query<Record<string, unknown>>(`SELECT ${columns} FROM ${table} ORDER BY 1, 2`)).rows;
      });
    await opened.measures[index]?.bare();
    const bare = await rows();
    await opened.measures[index]?.ours();
    expect(bare).toHaveLength(tiny.bars);
    expect(await rows()).toEqual(bare);
  }
}, 60_000);

test('a given database that is not for a bench is refused and left alone', async () => {
  const dir = join(folder.dir, 'refused');
  await expect(openBenchServers({ dir, given: database.servers, onStep: () => undefined })).rejects.toMatchObject({
    code: 'DATABASE_NOT_FOR_BENCH',
  });
});
