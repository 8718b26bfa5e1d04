import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    soakMinutes: number;
    soakIsWatched: boolean;
  }
}

const TELL_EVERY_MS = 10_000;

/** Tells how far a soak is, now and then, where somebody watches: on a terminal; and always how it ended. */
export function soakProgress(): (text: string, isLast?: boolean) => void {
  let toldAt = performance.now();
  return (text, isLast = false) => {
    if (!isLast && (!inject('soakIsWatched') || performance.now() - toldAt < TELL_EVERY_MS)) return;
    toldAt = performance.now();
    process.stderr.write(`${text}\n`);
  };
}

/** How long one soak goes on: SOAK_MINUTES of whoever started it. */
export const soakMs = (): number => inject('soakMinutes') * 60_000;
