import { manualClock } from '@trii/kernel';
import { expect, test } from 'vitest';
import { runsFinding, waitingFinding } from './work-checks.ts';

const run = {
  job: 'market.importBars',
  shard: 'AAPL',
  runKey: 'k',
  chunks: 3,
  rows: 30,
  startedAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-11-01T00:01:00.000Z',
};

test('batches at work are fine; one that was killed is told with what to do', () => {
  expect(runsFinding([])).toMatchObject({ state: 'ok' });
  expect(runsFinding([{ ...run, isStale: false }])).toMatchObject({ state: 'ok', detail: '1 at work' });
  expect(
    runsFinding([
      { ...run, isStale: false },
      { ...run, isStale: true },
    ]),
  ).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/^1 .*market\.importBars of AAPL/),
    mend: expect.stringContaining('import'),
  });
});

test.each([
  [0, null, 'ok'],
  // Left by the last closing itself.
  [1, '2026-11-01T00:00:00.000Z', 'ok'],
  [40, '2026-11-23T11:50:00.000Z', 'ok'],
  [40, '2026-11-23T11:30:00.000Z', 'warning'],
])('%i audit rows that wait since %s: %s', (rows, since, state) => {
  expect(waitingFinding({ rows, since }, manualClock(new Date('2026-11-23T12:00:00Z')))).toMatchObject({ state });
});
