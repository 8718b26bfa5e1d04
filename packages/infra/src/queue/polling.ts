import type { Logger } from '@trii/domain';

export interface Polling {
  readonly name: string;
  /** One bounded step; answers how much it did. */
  readonly step: () => Promise<number>;
  /** As much as this in one step means that more may wait. */
  readonly full: number;
  readonly idleMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface Poller {
  /** Resolves when the signal has ended it and its last step is over. */
  readonly ended: Promise<void>;
  /** Milliseconds since a step last succeeded. */
  silence(): number;
}

/** After a failure the pause doubles up to this. */
const PAUSE_MAX_MS = 5_000;

/** Steps at once while there is more to do, else after a pause; a step that fails is told once and tried again, less and less often. */
export function poll(polling: Polling): Poller {
  let succeededAt = performance.now();
  const onSuccess = () => {
    succeededAt = performance.now();
  };
  return { ended: run(polling, onSuccess), silence: () => performance.now() - succeededAt };
}

async function run({ name, step, full, idleMs, signal, logger }: Polling, onSuccess: () => void): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const done = await step();
      if (failures > 0) logger.info({ loop: name, failures }, 'a loop works again');
      failures = 0;
      onSuccess();
      if (done < full) await pause(idleMs, signal);
    } catch (error) {
      failures += 1;
      if (failures === 1) logger.error({ loop: name, error }, 'a loop failed; it goes on trying');
      await pause(Math.min(idleMs * 2 ** Math.min(failures, 10), PAUSE_MAX_MS), signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
