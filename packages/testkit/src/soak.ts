import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    soakMinutes: number;
  }
}

/** How long one soak goes on: SOAK_MINUTES of whoever started it. */
export const soakMs = (): number => inject('soakMinutes') * 60_000;
