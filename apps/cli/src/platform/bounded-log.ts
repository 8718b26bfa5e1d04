import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

const BYTES_MAX = 10 * 1024 * 1024;

export interface BoundedLog {
  write(chunk: Uint8Array): void;
  close(): void;
}

/** A log file that never grows past its bound: when full it becomes `.1`, over the one before. */
export function openBoundedLog(file: string, bytesMax = BYTES_MAX): BoundedLog {
  let size = existsSync(file) ? statSync(file).size : 0;
  let descriptor = openSync(file, 'a', 0o600);
  return {
    write(chunk) {
      if (size + chunk.byteLength > bytesMax && size > 0) {
        closeSync(descriptor);
        renameSync(file, `${file}.1`);
        descriptor = openSync(file, 'a', 0o600);
        size = 0;
      }
      size += writeSync(descriptor, chunk);
    },
    close: () => closeSync(descriptor),
  };
}
