import { Presets, SingleBar } from 'cli-progress';
import type { Output } from '../output.ts';

/** What an import shows while it runs. */
export interface ImportProgress {
  /** `bytes` of the file read so far, `rows` that are written or found unchanged. */
  update(state: { readonly bytes: number; readonly rows: number }): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly output: Output;
  /** null for a pipe. */
  readonly totalBytes: number | null;
}

const LINE_EVERY_MS = 3_000;

/** A bar on the standard error stream where a person watches it and the size is known, else a line now and then. */
export function importProgress({ output, totalBytes }: ProgressOptions): ImportProgress {
  return process.stderr.isTTY && totalBytes !== null ? progressBar(totalBytes) : progressLines(output, totalBytes);
}

function progressBar(totalBytes: number): ImportProgress {
  const format = '  {bar} {percentage}%  {rows} rows  {eta_formatted} left';
  const bar = new SingleBar(
    { format, clearOnComplete: true, hideCursor: true, etaBuffer: 50, stream: process.stderr },
    Presets.shades_classic,
  );
  bar.start(totalBytes, 0, { rows: '0' });
  return {
    update: ({ bytes, rows }) => bar.update(Math.min(bytes, totalBytes), { rows: rows.toLocaleString('en-US') }),
    stop: () => bar.stop(),
  };
}

function progressLines(output: Output, totalBytes: number | null): ImportProgress {
  let saidAt = performance.now();
  return {
    update({ bytes, rows }) {
      const now = performance.now();
      if (now - saidAt < LINE_EVERY_MS) return;
      saidAt = now;
      const part = totalBytes === null || totalBytes === 0 ? '' : ` (${Math.floor((bytes / totalBytes) * 100)} % of the file)`;
      output.event({ rows, bytes, totalBytes }, `  ${rows.toLocaleString('en-US')} rows${part}`);
    },
    stop: () => undefined,
  };
}
