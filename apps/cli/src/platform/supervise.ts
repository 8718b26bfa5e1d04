import { setTimeout as sleep } from 'node:timers/promises';
import { type PartCommand, type PartProcess, startPart } from './part.ts';

/** Pauses before each restart; after as many failures without a calm time in between, the part is given up. */
const RESTART_PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** A part that ran this long has recovered. */
const CALM_MS = 60_000;

export interface SuperviseOptions {
  readonly command: PartCommand;
  readonly signal: AbortSignal;
  readonly report: (event: PartEvent) => void;
  readonly restartPausesMs?: readonly number[];
}

export type PartEvent =
  | { readonly kind: 'ended'; readonly name: string; readonly how: string; readonly restartInMs: number; readonly logFile: string }
  | { readonly kind: 'restarted'; readonly name: string; readonly pid: number }
  | { readonly kind: 'given up'; readonly name: string; readonly how: string; readonly attempts: number; readonly logFile: string };

export interface Supervised {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a part, and starts it again when it ends unasked: after growing pauses, and not for ever. */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const first = await startPart(options.command, options.signal);
  const stopping = new AbortController();
  const state = { current: first };
  const watching = keepAlive(options, state, AbortSignal.any([stopping.signal, options.signal]));
  return {
    port: options.command.port,
    async stop() {
      stopping.abort();
      await state.current.stop();
      await watching;
    },
  };
}

async function keepAlive(options: SuperviseOptions, state: { current: PartProcess }, stopped: AbortSignal): Promise<void> {
  const { command, report, restartPausesMs = RESTART_PAUSES_MS } = options;
  const { name, logFile } = command;
  let failures = 0;
  let how = '';
  let since = performance.now();
  while (failures <= restartPausesMs.length) {
    how = await state.current.ended;
    if (stopped.aborted) return;
    if (performance.now() - since > CALM_MS) failures = 0;
    const pause = restartPausesMs[failures];
    failures += 1;
    if (pause === undefined) break;
    report({ kind: 'ended', name, how, restartInMs: pause, logFile });
    await sleep(pause, undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    since = performance.now();
    const next = await startAgain(command, stopped);
    if (stopped.aborted) {
      await next.stop();
      return;
    }
    state.current = next;
    if (next.pid > 0) report({ kind: 'restarted', name, pid: next.pid });
  }
  report({ kind: 'given up', name, how, attempts: restartPausesMs.length, logFile });
}

/** A start that failed counts like a process that ended at once. */
async function startAgain(command: PartCommand, stopped: AbortSignal): Promise<PartProcess> {
  try {
    return await startPart(command, stopped);
  } catch (error) {
    const [how = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { pid: 0, ended: Promise.resolve(how), stop: () => Promise.resolve() };
  }
}
