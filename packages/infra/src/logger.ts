import type { Logger } from '@trii/domain';
import { pino } from 'pino';

/** JSON lines on stdout. Errors keep message, code and stack; never a statement's parameters. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, serializers: { error: describeError, cause: describeError } });
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    code,
    stack: error.stack,
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  };
}
