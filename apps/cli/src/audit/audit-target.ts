import { open } from 'node:fs/promises';
import type { AuditSink } from '@trii/domain';
import { CodedError } from '@trii/kernel';

export interface AuditTarget extends AuditSink, AsyncDisposable {
  /** Waits until all is on the disk. */
  finish(): Promise<void>;
}

/** Small writes are gathered: a row is some hundred bytes. */
const BUFFER_BYTES = 256 * 1024;

/**
 * A new file for an export, readable by its owner alone: it tells what people did.
 * @throws CodedError FILE_EXISTS instead of overwriting anything
 */
export async function auditTarget(path: string): Promise<AuditTarget> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new CodedError('FILE_EXISTS', `${path} is there already; name a new file.`, { cause });
    throw cause;
  });
  let parts: string[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    await file.appendFile(parts.join(''));
    [parts, size] = [[], 0];
  };
  return {
    async write(text) {
      parts.push(text);
      size += text.length;
      if (size >= BUFFER_BYTES) await flush();
    },
    async finish() {
      await flush();
      await file.sync();
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
