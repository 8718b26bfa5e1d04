import { command, event, system } from '@trii/contract';
import { Failure, handler, type BatchHandler, type Call, type Deliveries, type Executor } from '@trii/domain';
import { newId } from '@trii/kernel';
import { UnrecoverableError } from 'bullmq';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { job, type JobDefinition } from './job.ts';
import { runJob, runSchedule, type Attempt } from './run-job.ts';

const Happened = event('test.Happened', { aggregateType: 'TEST', payload: z.object({ size: z.int() }) });
const declaration = command('test.react', {
  summary: 'React.',
  input: z.strictObject({ size: z.int() }),
  output: z.null(),
  access: system,
  audit: { entityType: 'TEST', action: 'UPDATE' },
  example: { size: 1 },
});
const react = handler(declaration, () => Promise.resolve(null));
const definition: JobDefinition = job({
  name: 'react-to-it',
  on: Happened,
  queue: 'dispatch',
  attempts: 3,
  backoff: { type: 'exponential', delayMs: 1 },
  run: (call, payload) => call.run(react, payload),
});

const eventId = newId();
let calls: Call[];
let failure: Failure | undefined;
let done: boolean;
let givenUp: string[];
let warnings: string[];

const executor: Executor = {
  async run(_handler, call) {
    calls.push(call);
    if (failure !== undefined) throw failure;
    return null as never;
  },
  batch: (_handler: BatchHandler) => Promise.reject(new Error('not asked for')),
  async *feed() {
    yield* [];
  },
};
const deliveries: Deliveries = { isDone: () => Promise.resolve(done), giveUp: async (_delivery, reason) => void givenUp.push(reason) };
const logger = { info: () => undefined, warn: (_: unknown, message: string) => void warnings.push(message), error: () => undefined };
const parts = { executor, deliveries, logger };
const attempt = (given: Partial<Attempt> = {}): Attempt => ({
  data: { eventId, payload: { size: 2 } },
  attemptsMade: 0,
  signal: new AbortController().signal,
  ...given,
});

beforeEach(() => {
  [calls, failure, done, givenUp, warnings] = [[], undefined, false, [], []];
});

describe('runJob', () => {
  it('runs the operation as itself and lets it complete the delivery', async () => {
    await runJob(parts, definition, attempt());
    expect(calls).toMatchObject([
      {
        actor: { kind: 'system', name: 'react-to-it' },
        input: { size: 2 },
        idempotencyKey: eventId,
        completes: { eventId, jobName: 'react-to-it' },
      },
    ]);
  });

  it('does nothing for a delivery that is done', async () => {
    done = true;
    await runJob(parts, definition, attempt());
    expect(calls).toEqual([]);
  });

  it('gives up at once on a failure that the error table never retries', async () => {
    failure = new Failure('NOT_FOUND');
    await expect(runJob(parts, definition, attempt())).rejects.toThrow(UnrecoverableError);
    expect(givenUp).toEqual([expect.stringMatching(/^NOT_FOUND: /)]);
  });

  it('gives up at once on a payload that its event does not declare', async () => {
    await expect(runJob(parts, definition, attempt({ data: { eventId, payload: { size: 'big' } } }))).rejects.toThrow(UnrecoverableError);
    expect(calls).toEqual([]);
    expect(givenUp).toEqual([expect.stringContaining('INVALID_PAYLOAD')]);
  });

  it('refuses what the relay did not put there', async () => {
    await expect(runJob(parts, definition, attempt({ data: { payload: {} } }))).rejects.toThrow(UnrecoverableError);
    expect(calls).toEqual([]);
  });

  it('leaves the next try to the queue while there is one, then gives up with the cause', async () => {
    failure = new Failure('UNAVAILABLE', {}, new Error('connection reset'));
    await expect(runJob(parts, definition, attempt({ attemptsMade: 1 }))).rejects.toBe(failure);
    expect(givenUp).toEqual([]);
    await expect(runJob(parts, definition, attempt({ attemptsMade: 2 }))).rejects.toThrow(UnrecoverableError);
    expect(givenUp).toEqual([expect.stringMatching(/^UNAVAILABLE: .*connection reset/)]);
  });

  it('says that it was stopped, which is no failure', async () => {
    failure = new Failure('UNAVAILABLE');
    expect(await runJob(parts, definition, attempt({ attemptsMade: 2, signal: AbortSignal.abort() }))).toBe('stopped');
    expect(givenUp).toEqual([]);
  });
});

describe('runSchedule', () => {
  it('swallows no failure silently and never throws at the queue', async () => {
    failure = new Failure('UNAVAILABLE');
    const schedule = {
      name: 'look-again',
      every: { ms: 1000 },
      run: async (call: Parameters<typeof definition.run>[0]) => void (await call.run(react, { size: 1 })),
    };
    await runSchedule(parts, schedule, { id: newId(), signal: new AbortController().signal });
    expect(calls).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('a schedule could not look')]);
  });
});
