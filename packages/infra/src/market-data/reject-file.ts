import { closeSync, openSync, writeSync } from 'node:fs';
import { type RejectedLine, type RejectReason, rejectReasons, type RejectSink } from '@trii/domain';

export interface RejectFileOptions {
  readonly path: string;
  /** The file is not allowed to grow beyond this; further rejects are only counted. */
  readonly bytesMax?: number;
}

export interface RejectReport {
  /** null when nothing was rejected: no file was made then. */
  readonly path: string | null;
  readonly byReason: Readonly<Partial<Record<RejectReason, number>>>;
  /** Rejects that found no room in the file. */
  readonly leftOut: number;
}

export interface RejectFile extends RejectSink {
  /** Writes what is buffered and closes the file. May be called more than once. */
  close(): RejectReport;
}

const BYTES_MAX_DEFAULT = 10 * 1024 * 1024;
const RAW_LENGTH_MAX = 1_000;
const BUFFER_CHARACTERS = 65_536;

/** A CSV of what was not imported: line, reason, message, raw. Made at the first reject. */
export function rejectFile({ path, bytesMax = BYTES_MAX_DEFAULT }: RejectFileOptions): RejectFile {
  const byReason: Partial<Record<RejectReason, number>> = {};
  let descriptor: number | null = null;
  let made = false;
  let buffer = '';
  let bytes = 0;
  let leftOut = 0;

  const flush = (): void => {
    if (descriptor !== null && buffer !== '') writeSync(descriptor, buffer);
    buffer = '';
  };

  return {
    add(rejected) {
      byReason[rejected.reason] = (byReason[rejected.reason] ?? 0) + 1;
      const record = recordOf(rejected);
      const size = Buffer.byteLength(record);
      if (leftOut > 0 || bytes + size > bytesMax) {
        leftOut += 1;
        return;
      }
      if (!made) {
        descriptor = openSync(path, 'w');
        made = true;
        buffer = 'line,reason,message,raw\n';
      }
      bytes += size;
      buffer += record;
      if (buffer.length >= BUFFER_CHARACTERS) flush();
    },
    close() {
      flush();
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
      return { path: made ? path : null, byReason, leftOut };
    },
  };
}

function recordOf({ line, reason, detail, raw }: RejectedLine): string {
  const message = detail === '' ? rejectReasons[reason] : `${rejectReasons[reason]}: ${detail}`;
  return `${line},${reason},${quoted(message)},${quoted(raw.slice(0, RAW_LENGTH_MAX))}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
