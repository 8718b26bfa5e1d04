import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { newId } from '@trii/kernel';
import {
  createInstrument,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { localOrigin, systemActor } from './actor.ts';
import type { Call } from './execution.ts';
import { createExecutor } from './executor.ts';
import { sessionLimitsByDefault } from './ports.ts';
import { BarWritten, probeFill } from './tests/probe-batch.ts';
import type { TransactionHost } from './transactions.ts';

let database: TestDatabase;
let platform: TestPlatform;
let instrumentId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database, { subscriptions: { [BarWritten.name]: ['probe-job'] } });
});

afterAll(async () => {
  await platform.close();
  await database.close();
});

beforeEach(async () => {
  instrumentId = (await createInstrument(database)).id;
});

const call = (input: Record<string, unknown>): Call => ({
  actor: systemActor('probe'),
  input: { instrumentId, ...input },
  origin: localOrigin('request-1'),
});

/** Bars, chunks and rows of the progress row, audit rows and events of this test's instrument. */
async function left(): Promise<unknown> {
  const [row] = await platform.inspect(
    `SELECT (SELECT count(*)::int FROM daily_bars WHERE instrument_id = $1) AS bars,
       (SELECT count(*)::int FROM audit_logs WHERE new_values ->> 'shard' = $1::text AND use_case = 'probe.fill' AND outcome = 'ok') AS audits,
       (SELECT count(*)::int FROM outbox WHERE aggregate_id = $1) AS events,
       (SELECT count(*)::int FROM deliveries d JOIN outbox o ON o.id = d.event_id WHERE o.aggregate_id = $1) AS deliveries,
       (SELECT status || ' ' || chunks || ' ' || rows FROM batch_progress WHERE shard = $1::text AND finished_at IS NOT NULL = (status = 'done')) AS progress`,
    [instrumentId],
  );
  return row;
}

it('commits each chunk with its progress, audit row and event, and adds up the counts', async () => {
  const told: unknown[] = [];
  const view = await platform.executor.batch(probeFill(), { ...call({ chunks: 3 }), onChunk: (counts) => told.push(counts) });
  expect(view).toEqual({ bars: 3 });
  expect(told).toEqual([{ bars: 1 }, { bars: 2 }, { bars: 3 }]);
  expect(await left()).toEqual({ bars: 3, audits: 3, events: 3, deliveries: 3, progress: 'done 3 3' });
});

it('run again when it is done, answers the same and does nothing', async () => {
  await platform.executor.batch(probeFill(), call({ chunks: 2 }));
  const chunks: number[] = [];
  expect(
    await platform.executor.batch(
      probeFill((chunk) => void chunks.push(chunk)),
      call({ chunks: 2 }),
    ),
  ).toEqual({ bars: 2 });
  expect(chunks).toEqual([]);
  expect(await left()).toEqual({ bars: 2, audits: 2, events: 2, deliveries: 2, progress: 'done 2 2' });
});

it('undoes the chunk that throws, keeps those before it, and goes on there', async () => {
  const broken = platform.executor.batch(probeFill(), call({ chunks: 4, breakAt: 2 }));
  await expect(broken).rejects.toMatchObject({ name: 'Failure', code: 'INTERNAL' });
  expect(await left()).toEqual({ bars: 2, audits: 2, events: 2, deliveries: 2, progress: 'running 2 2' });
  const chunks: number[] = [];
  expect(
    await platform.executor.batch(
      probeFill((chunk) => void chunks.push(chunk)),
      call({ chunks: 4 }),
    ),
  ).toEqual({ bars: 4 });
  expect(chunks).toEqual([2, 3]);
});

it('killed between chunks, goes on after the last one that was committed', async () => {
  const chunks = 12;
  const child = spawn(process.execPath, [`${import.meta.dirname}/tests/batch-process.ts`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const dead = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
  child.stdin.write(`${JSON.stringify({ database, input: { instrumentId, chunks, pauseMs: 30 } })}\n`);
  let committed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    committed = Number(line.split(' ')[1]);
    if (committed === 4) child.kill('SIGKILL');
  }
  expect(await dead).toBe('SIGKILL');
  const resumed: number[] = [];
  expect(
    await platform.executor.batch(
      probeFill((chunk) => void resumed.push(chunk)),
      call({ chunks }),
    ),
  ).toEqual({ bars: chunks });
  expect(resumed[0]).toBeGreaterThanOrEqual(4);
  expect(resumed).toEqual(Array.from({ length: chunks - (resumed[0] ?? 0) }, (_, index) => index + (resumed[0] ?? 0)));
  expect(await left()).toMatchObject({ bars: chunks, audits: chunks, events: chunks, progress: `done ${chunks} ${chunks}` });
});

it('stops between two chunks when told to, and goes on there the next time', async () => {
  const stop = new AbortController();
  const stopped = platform.executor.batch(probeFill(), {
    ...call({ chunks: 3 }),
    signal: stop.signal,
    onChunk: ({ bars }) => bars === 2 && stop.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await left()).toMatchObject({ bars: 2, progress: 'running 2 2' });
  expect(await platform.executor.batch(probeFill(), call({ chunks: 3 }))).toEqual({ bars: 3 });
});

it('lets two workers on one shard take turns, each chunk once', async () => {
  const probe = probeFill();
  const views = await Promise.all([
    platform.executor.batch(probe, call({ chunks: 6, pauseMs: 5 })),
    platform.executor.batch(probe, call({ chunks: 6, pauseMs: 5 })),
  ]);
  expect(views).toEqual([{ bars: 6 }, { bars: 6 }]);
  expect(await left()).toMatchObject({ bars: 6, audits: 6, events: 6 });
});

it('marks its delivery done with the last chunk, or when it finds itself done', async () => {
  const delivery = { eventId: newId(), jobName: 'probe-job' };
  const status = () => platform.inspect('SELECT status FROM deliveries WHERE event_id = $1', [delivery.eventId]);
  await platform.inspect("INSERT INTO deliveries (event_id, job_name, event_created_at, status) VALUES ($1, $2, now(), 'relayed')", [
    delivery.eventId,
    delivery.jobName,
  ]);
  await expect(platform.executor.batch(probeFill(), { ...call({ chunks: 2, breakAt: 1 }), completes: delivery })).rejects.toMatchObject({
    code: 'INTERNAL',
  });
  expect(await status()).toEqual([{ status: 'relayed' }]);
  await platform.executor.batch(probeFill(), call({ chunks: 2 }));
  expect(await status()).toEqual([{ status: 'relayed' }]);
  await platform.executor.batch(probeFill(), { ...call({ chunks: 2 }), completes: delivery });
  expect(await status()).toEqual([{ status: 'done' }]);
});

it('is for the platform alone, and takes only what it declares', async () => {
  const investor = investorActor((await createUser(database)).id, ['read', 'write', 'trade', 'operate']);
  await expect(platform.executor.batch(probeFill(), { ...call({ chunks: 1 }), actor: investor })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  await expect(platform.executor.batch(probeFill(), call({ chunks: 1, more: 1 }))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

/** For each chunk of a run, whether its commit waits for the disk. The servers of tests never do, so each transaction starts as in a deployment. */
async function waitsOf(input: Record<string, unknown>): Promise<boolean[]> {
  const waits: boolean[] = [];
  const { clock, logger, passwords, sessions, throttle, live, bank, mail, vault, blobs } = platform;
  const transactions: TransactionHost = {
    ...platform.transactions,
    bulk: (session, work) =>
      platform.transactions.bulk(session, async (transaction) => {
        await transaction.sql`SET LOCAL synchronous_commit = on`;
        const result = await work(transaction);
        const [setting] = await transaction.sql<{ waits: boolean }>`SELECT current_setting('synchronous_commit') = 'on' AS waits`;
        waits.push(setting?.waits === true);
        return result;
      }),
  };
  const ports = {
    passwords,
    sessions,
    throttle,
    live,
    bank,
    mail,
    vault,
    blobs,
    screening: { screen: () => Promise.resolve([]) },
    tokens: { issue: () => '', hash: () => '' },
    sessionLimits: sessionLimitsByDefault,
  };
  await createExecutor({ transactions, clock, logger, ports, subscriptions: {} }).batch(probeFill(), call(input));
  return waits;
}

it('waits for the disk only at the last commit, which makes those before it durable too', async () => {
  expect(await waitsOf({ chunks: 3, isQuiet: true })).toEqual([false, false, true]);
});

it('waits at each commit that others are told of', async () => {
  expect(await waitsOf({ chunks: 3 })).toEqual([true, true, true]);
});
