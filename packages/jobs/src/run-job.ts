import { errorCodes } from '@trii/contract';
import { localOrigin, systemActor, toFailure, type Call, type Deliveries, type Executor, type Logger } from '@trii/domain';
import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';
import type { JobCall, JobDefinition } from './job.ts';
import type { Schedule } from './schedule.ts';

/** What the relay puts into the queue: the event's id and its payload, nothing that is not in the outbox. */
export const JobEnvelope = z.object({ eventId: z.uuid(), payload: z.unknown() });
export type JobEnvelope = z.output<typeof JobEnvelope>;

export interface JobParts {
  readonly executor: Executor;
  readonly deliveries: Deliveries;
  readonly logger: Logger;
}

/** One try of one job, as the queue tells it. */
export interface Attempt {
  readonly data: unknown;
  /** Tries made before this one. */
  readonly attemptsMade: number;
  /** Aborted when the process stops: a batch then ends between two chunks. */
  readonly signal: AbortSignal;
}

/** `stopped`: the process ends, so the job goes back to the queue; neither a failure nor a try that counts. */
export type JobEnd = 'done' | 'stopped';

/**
 * Runs a job for a delivery. Its executor call marks the delivery done in the transaction of the work itself.
 * @throws UnrecoverableError when another try cannot help: a payload that its event does not declare, or a failure that the error table never retries
 * @throws Failure for everything else; the queue backs off and tries again
 */
export async function runJob(parts: JobParts, definition: JobDefinition, attempt: Attempt): Promise<JobEnd> {
  const { name } = definition;
  const envelope = JobEnvelope.safeParse(attempt.data);
  if (!envelope.success) throw new UnrecoverableError(`${name}: not an envelope of the relay: ${z.prettifyError(envelope.error)}`);
  const delivery = { eventId: envelope.data.eventId, jobName: name };
  try {
    if (await parts.deliveries.isDone(delivery)) return 'done';
    const payload = definition.on.payload.parse(envelope.data.payload);
    await definition.run(callOf(parts, { name, requestId: delivery.eventId, completes: delivery, signal: attempt.signal }), payload);
    return 'done';
  } catch (error) {
    if (attempt.signal.aborted) return 'stopped';
    const { isFinal, reason } = judge(error, attempt.attemptsMade + 1 >= definition.attempts);
    parts.logger[isFinal ? 'error' : 'warn'](
      { job: name, eventId: delivery.eventId, attempt: attempt.attemptsMade + 1, reason, error },
      isFinal ? 'a job gave up' : 'a job failed and will be tried again',
    );
    if (!isFinal) throw error;
    await parts.deliveries.giveUp(delivery, reason);
    throw new UnrecoverableError(reason);
  }
}

/** Runs a schedule's look. Nothing is owed to a tick: a failure is logged, and the next tick looks again. */
export async function runSchedule(
  parts: Omit<JobParts, 'deliveries'>,
  schedule: Schedule,
  tick: { readonly id: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await schedule.run(callOf(parts, { name: schedule.name, requestId: tick.id, signal: tick.signal }));
  } catch (error) {
    parts.logger.warn({ schedule: schedule.name, error }, 'a schedule could not look; it looks again at its next time');
  }
}

function judge(error: unknown, isLastAttempt: boolean): { readonly isFinal: boolean; readonly reason: string } {
  if (error instanceof z.ZodError) return { isFinal: true, reason: `INVALID_PAYLOAD: ${z.prettifyError(error)}` };
  const failure = toFailure(error);
  const cause = failure.cause instanceof Error ? ` (${failure.cause.message})` : '';
  return { isFinal: isLastAttempt || errorCodes[failure.code].retry === 'never', reason: `${failure.code}: ${failure.message}${cause}` };
}

interface CallParts {
  readonly name: string;
  readonly requestId: string;
  readonly completes?: Call['completes'];
  readonly signal: AbortSignal;
}

function callOf({ executor }: Pick<JobParts, 'executor'>, { name, requestId, completes, signal }: CallParts): JobCall {
  const call = (input: unknown): Call => ({
    actor: systemActor(name),
    input,
    origin: localOrigin(requestId),
    idempotencyKey: completes?.eventId,
    completes,
  });
  return {
    run: (handler, input) => executor.run(handler, call(input)),
    batch: (handler, input) => executor.batch(handler, { ...call(input), signal }),
  };
}
