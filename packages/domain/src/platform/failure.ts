import { errorCodes, isErrorCode, type ErrorCode } from '@trii/contract';
import { CodedError } from '@trii/kernel';

/** A typed failure with a code of the error table. Thrown: everything is rolled back and the idempotency key is free again. */
export class Failure extends CodedError {
  override readonly name: string = 'Failure';
  declare readonly code: ErrorCode;

  constructor(code: ErrorCode, details: Record<string, unknown> = {}, cause?: unknown) {
    super(code, errorCodes[code].message, { details, cause });
  }
}

/** A business no. Rolled back to before the handler; the audit row, recorded rows and the stored answer commit. */
export class Refusal extends Failure {
  override readonly name: string = 'Refusal';
}

/** PostgreSQL reports these when the same transaction, run again, may well succeed. */
const retryableStates = new Set(['40001', '40P01']);
/** Connection lost, server starting or stopping, too many connections. */
const unavailableStates = /^(08|57P0|53)/;
/** Raised by assert_session: the session has ended, or its account is closed. */
const SESSION_ENDED = 'TR002';
const unavailableErrnos = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** The SQLSTATE or errno of a driver's error, wherever the ORM wrapped it. */
export function errorState(error: unknown): string | undefined {
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = at.cause;
  }
  return undefined;
}

export function isRetryable(error: unknown): boolean {
  return retryableStates.has(errorState(error) ?? '');
}

/** Anything thrown becomes a row of the error table; what is not known becomes INTERNAL with the cause kept for the log. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CodedError && isErrorCode(error.code)) return new Failure(error.code, { ...error.details }, error);
  const state = errorState(error) ?? '';
  if (retryableStates.has(state)) return new Failure('CONFLICT_RETRY', {}, error);
  if (state === SESSION_ENDED) return new Failure('UNAUTHENTICATED', {}, error);
  if (unavailableStates.test(state) || unavailableErrnos.has(state)) return new Failure('UNAVAILABLE', {}, error);
  return new Failure('INTERNAL', {}, error);
}
