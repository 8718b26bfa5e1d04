import { errorCodes, type ErrorShape } from '@trii/contract';
import { Failure, toFailure } from '@trii/domain';
import { TRPCError } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';

/** tRPC's own failures (no such path, malformed JSON, wrong method) in terms of our table. */
const ownCodes: Partial<Record<TRPCError['code'], Failure['code']>> = {
  NOT_FOUND: 'NOT_FOUND',
  PARSE_ERROR: 'INVALID_INPUT',
  BAD_REQUEST: 'INVALID_INPUT',
  METHOD_NOT_SUPPORTED: 'INVALID_INPUT',
  UNSUPPORTED_MEDIA_TYPE: 'INVALID_INPUT',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
};

/** What was wrong, where tRPC's code tells and no field does. */
const ownDetails: Partial<Record<TRPCError['code'], Readonly<Record<string, unknown>>>> = {
  PARSE_ERROR: { problem: 'JSON' },
  BAD_REQUEST: { problem: 'JSON; of a batch one object with an input for each place' },
  METHOD_NOT_SUPPORTED: { method: 'GET for queries and feeds, POST for commands' },
};

/** One table maps a code to tRPC's code and the HTTP status; the message is the table's, so nothing internal leaks. */
export function toTrpcError(error: unknown): TRPCError {
  const failure = toFailure(error);
  return new TRPCError({ code: errorCodes[failure.code].trpc, message: failure.message, cause: failure });
}

/** Adds our code, its details and the request id; never a stack. */
export function formatError(input: {
  readonly shape: { message: string; code: number; data: { code: string; httpStatus: number; path?: string } };
  readonly error: TRPCError;
  readonly requestId: string;
}): ErrorShape {
  const { shape, error, requestId } = input;
  const failure = error.cause instanceof Failure ? error.cause : new Failure(ownCodes[error.code] ?? 'INTERNAL', ownDetails[error.code]);
  const { message, status } = errorCodes[failure.code];
  return {
    message,
    code: shape.code,
    data: {
      code: shape.data.code,
      httpStatus: status,
      ...(shape.data.path === undefined ? {} : { path: shape.data.path }),
      error: failure.code,
      details: failure.code === 'INTERNAL' ? {} : { ...failure.details },
      requestId,
    },
  };
}

/** What a door answers that turns a request away before any operation is known: the same shape, so that the same client understands it. */
export function refusalAnswer(failure: Failure, requestId: string): { readonly error: ErrorShape } {
  const { message, status, trpc } = errorCodes[failure.code];
  const data = { code: trpc, httpStatus: status, error: failure.code, details: { ...failure.details }, requestId };
  return { error: { message, code: TRPC_ERROR_CODES_BY_KEY[trpc], data } };
}
