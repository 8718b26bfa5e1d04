/** What an error may carry besides its message: plain data that is safe to log (ids and figures, never secrets). */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * An expected failure that a caller can act on. `code` is stable and in SCREAMING_SNAKE_CASE, `message` says what to do next,
 * `details` holds the figures. What a caller cannot act on is a programmer's error: use {@link invariant}.
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, options: { readonly details?: ErrorDetails; readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = options.details ?? {};
  }
}

export function isCodedError(error: unknown): error is CodedError {
  return error instanceof CodedError;
}

/** A broken promise of our own code. It is never an answer to a caller: doors report it as an internal error. */
export class InvariantError extends Error {
  override readonly name: string = 'InvariantError';
}

/** Throws {@link InvariantError} unless the condition holds. For input from outside throw a {@link CodedError} instead. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Closes a switch over a union: does not compile while a case is missing, throws when a foreign value got past the types. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value: ${String(value)}`);
}
