import type { SeedProgress } from '@trii/bench';
import { Presets, SingleBar } from 'cli-progress';
import { duration, type Output } from '../output.ts';

/** What the load shows while it runs: a bar for each step where a person watches, else a line at its beginning and now and then. */
export interface ScaleProgress {
  update(progress: SeedProgress): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

export const scaleProgress = (output: Output): ScaleProgress => (process.stderr.isTTY ? progressBars() : progressLines(output));

function progressBars(): ScaleProgress {
  let bar: SingleBar | undefined;
  let shown = '';
  const stop = (): void => bar?.stop();
  return {
    update({ step, done, total, rows }) {
      const counted = rows === 0 ? '' : `${rows.toLocaleString('en-US')} rows`;
      if (step !== shown) {
        stop();
        shown = step;
        const format = `  ${step.padEnd(22)} {bar} {percentage}%  {duration_formatted}  {counted}`;
        bar = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic);
        bar.start(total, done, { counted });
        return;
      }
      bar?.setTotal(total);
      bar?.update(done, { counted });
    },
    stop,
  };
}

function progressLines(output: Output): ScaleProgress {
  let saidAt = 0;
  let said = '';
  return {
    update({ step, done, total, rows, milliseconds }) {
      const now = performance.now();
      if (step === said && now - saidAt < LINE_EVERY_MS) return;
      saidAt = now;
      said = step;
      const part =
        done === 0 ? '' : ` ${Math.floor((done / total) * 100)} %, ${rows.toLocaleString('en-US')} rows, ${duration(milliseconds)}`;
      output.event({ step, done, total, rows, milliseconds: Math.round(milliseconds) }, `  ${step}${part}`);
    },
    stop: () => undefined,
  };
}
