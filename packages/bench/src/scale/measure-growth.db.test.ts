import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from '@trii/stack';
import { createTestDatabase, type TestDatabase } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawGrowth } from './growth-drawing.ts';
import { growthLines, growthRows } from './growth-report.ts';
import { measureGrowth, probes } from './measure-growth.ts';

// Whether everything is measured at both sizes. How long it takes is nobody's business here.

let database: TestDatabase;
let folder: DataFolder;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = openDataFolder(mkdtempSync(join(tmpdir(), 'trii-test-growth-')));
});

afterAll(async () => {
  rmSync(folder.dir, { recursive: true });
  await database.close();
});

const facts = { version: '18', seriesEngine: 'native', fsync: 'off', synchronousCommit: 'off', sharedBuffers: '256MB', isEmbedded: true };

test('every probe is timed at a hundredth and at all of it, and reported, written and drawn', async () => {
  const measured: string[] = [];
  const report = await measureGrowth({
    place: { servers: database.servers, folder },
    adminUrl: database.urls.admin,
    database: facts,
    portfolios: 200,
    samplesMax: 2,
    signal: new AbortController().signal,
    onStep: () => undefined,
    onMeasured: ({ portfolios, name }) => measured.push(`${portfolios} ${name}`),
  });
  expect(measured).toEqual([2, 200].flatMap((portfolios) => probes.map(({ name }) => `${portfolios} ${name}`)));
  expect(report.portfolios).toEqual({ small: 2, whole: 200 });
  for (const { small, whole, ratio } of report.growth) {
    expect(small.median).toBeGreaterThan(0);
    expect(ratio).toBeCloseTo(whole.median / small.median, 10);
  }
  const [lines, rows, drawing] = [growthLines(report).join('\n'), growthRows(report).join('\n'), drawGrowth(report)];
  for (const { name } of probes) {
    expect(lines).toContain(name);
    expect(rows).toContain(`| ${name} |`);
    expect(drawing).toContain(`>${name.replaceAll('"', '&quot;')}<`);
  }
  expect(drawing).not.toContain('NaN');
}, 180_000);
