import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  assertSymbolFound,
  type BarImport,
  droppedBefore,
  dryRunImport,
  type ImportCounts,
  importBarsHandler,
  type ImportRequest,
  instrumentFinder,
  NO_LINES,
  openBarImport,
} from '@trii/domain';
import { type Delimiter, openBarFile, rejectFile, type RejectReport } from '@trii/infra';
import { CodedError, isCodedError, systemClock } from '@trii/kernel';
import type { OperatorDesk } from '../platform/operator-desk.ts';

export interface FileImport {
  /** '-' is the standard input. */
  readonly path: string;
  readonly request: Omit<ImportRequest, 'source'>;
  readonly delimiter?: Delimiter | undefined;
  /** Where rejected lines go. */
  readonly rejects: string;
  readonly dryRun: boolean;
  readonly onProgress?: (state: { readonly bytes: number; readonly rows: number }) => void;
}

export interface FileReport {
  readonly counts: ImportCounts;
  readonly rejects: RejectReport;
  /** Columns of the file that were not read. */
  readonly ignoredColumns: readonly string[];
  readonly milliseconds: number;
}

/**
 * Small pieces: each is turned into strings at once, and those are the import's memory. While one is read, the database waits for its next
 * block: at four times this size an import takes a third longer.
 */
const PIECE_BYTES = 16_384;

/**
 * Bun lets garbage grow with the machine's memory. Ten million bars took 274 MB (resident, at most) when left alone, and 203 MB
 * when collected this often, for a tenth more processor time.
 */
const CHUNKS_PER_COLLECTION = 8;

/** The size of a file, or null for the standard input. @throws CodedError FILE_NOT_FOUND */
export async function sizeOf(path: string): Promise<number | null> {
  if (path === '-') return null;
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true) throw new CodedError('FILE_NOT_FOUND', `there is no file ${path}`);
  return found.size;
}

/** Imports one file through the executor, or says what importing it would do. */
export async function importFile(desk: OperatorDesk, file: FileImport): Promise<FileReport> {
  const start = performance.now();
  const source = file.path === '-' ? 'stdin' : basename(file.path);
  const rejects = rejectFile({ path: file.rejects });
  const bytes = { read: 0 };
  const stream = file.path === '-' ? process.stdin : createReadStream(file.path, { highWaterMark: PIECE_BYTES });
  try {
    const barFile = await openBarFile(counting(stream, bytes), { delimiter: file.delimiter });
    const request = { ...file.request, source };
    const droppedBeforeMs = await droppedBefore(desk.transactions);
    const find = instrumentFinder(desk.transactions);
    const opened = await openBarImport(request, { file: barFile, find, rejects, clock: systemClock, droppedBeforeMs });
    let chunks = 0;
    const onChunk = (counts: ImportCounts): void => {
      chunks += 1;
      if (chunks % CHUNKS_PER_COLLECTION === 0) Bun.gc(true);
      file.onProgress?.({ bytes: bytes.read, rows: counts.read });
    };
    const counts = await (file.dryRun ? rehearse(desk, opened, onChunk) : write(desk, opened, onChunk));
    assertSymbolFound(counts, opened);
    const milliseconds = Math.round(performance.now() - start);
    return { counts, rejects: rejects.close(), ignoredColumns: opened.columns.ignored, milliseconds };
  } finally {
    stream.destroy();
    rejects.close();
  }
}

async function* counting(stream: AsyncIterable<Uint8Array>, bytes: { read: number }): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of stream) {
    bytes.read += piece.byteLength;
    yield piece;
  }
}

type OnChunk = (counts: ImportCounts) => void;

function rehearse(desk: OperatorDesk, opened: BarImport, onChunk: OnChunk): Promise<ImportCounts> {
  return desk.transactions.bulk({ role: 'worker_role', userId: null }, (transaction) => dryRunImport(opened, transaction, { onChunk }));
}

async function write(desk: OperatorDesk, opened: BarImport, onChunk: OnChunk): Promise<ImportCounts> {
  let total = NO_LINES;
  const watch = (counts: Readonly<Record<string, number>>): void => {
    total = { ...NO_LINES, ...counts };
    onChunk(total);
  };
  const { source, resolution } = opened.request;
  try {
    await desk.executor.batch(importBarsHandler(opened), { ...desk.call({ source, resolution }), onChunk: watch });
    return total;
  } catch (error) {
    // A door to strangers hides what failed inside; here it is the person's own file and database.
    if (isCodedError(error) && error.code === 'INTERNAL' && error.cause instanceof Error) throw error.cause;
    throw error;
  }
}
