import { fixedClock } from '@trii/kernel';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemActor, type ChunkContext } from '../platform/index.ts';
import { openBarImport } from './bar-import.ts';
import { dryRunImport, importBarsHandler } from './import-bars.ts';
import type { RawRow } from './ports.ts';

const clock = fixedClock('2026-11-23T15:00:00Z');

/** A pipe whose writer stalls after the header until it is told to go on. */
async function stallingImport() {
  const flow = Promise.withResolvers<void>();
  async function* batches(): AsyncGenerator<RawRow[]> {
    yield Array.from({ length: 5_000 }, (_, n) => ({ line: n + 2, raw: '', fields: ['2020-01-04', '5'], fault: null }));
    await flow.promise;
  }
  const request = {
    resolution: '1d',
    source: 'stdin',
    symbol: 'AAPL',
    mapping: {},
    timeZone: undefined,
    dateFormat: undefined,
    decimalComma: false,
  } as const;
  const find = async () => ({ id: 'apple', symbol: 'AAPL', exchangeCode: 'XNYS' });
  const opened = await openBarImport(request, {
    file: { header: ['date', 'close'], batches: batches() },
    find,
    rejects: { add: () => undefined },
    clock,
  });
  return { opened, resume: flow.resolve };
}

/** The statements that a transaction was given; it answers nothing. */
function recordingTransaction() {
  const statements: string[] = [];
  const sql = async <Row extends object>(strings: TemplateStringsArray): Promise<Row[]> => {
    statements.push(strings.join('?').trim());
    return [];
  };
  const context: ChunkContext = {
    sql,
    copyFrom: async () => 0,
    clock,
    actor: systemActor('cli'),
    prepared: undefined,
    emit: () => 'event',
  };
  return { context, statements };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('ends a chunk without rows while a pipe stalls, so that no transaction stays open, and goes on afterwards', async () => {
  const { opened, resume } = await stallingImport();
  const handler = importBarsHandler(opened);
  const { context } = recordingTransaction();
  const input = { source: 'stdin', resolution: '1d' };
  const waiting = handler.chunk(context, input, { line: 7 });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await waiting).toEqual({ cursor: { line: 7 }, counts: {}, rows: 0 });
  const next = handler.chunk(context, input, { line: 7 });
  resume();
  expect(await next).toMatchObject({ cursor: null, counts: { read: 5_000, rejected: 5_000 }, rows: 0 });
});

it('keeps the one transaction of a dry run alive while a pipe stalls', async () => {
  const { opened, resume } = await stallingImport();
  const { context, statements } = recordingTransaction();
  const running = dryRunImport(opened, context);
  await vi.advanceTimersByTimeAsync(45_000);
  expect(statements.filter((text) => text === 'SELECT 1')).toHaveLength(3);
  resume();
  expect(await running).toMatchObject({ read: 5_000, rejected: 5_000 });
});
