import { createClient, type TriiClient } from '@trii/client';
import { type Sample, timed } from '../claim.ts';

/** Calls under way at once, each from a client of its own: none waits to share a request with another. */
export const IN_FLIGHT = 16;

export type Read = (client: TriiClient) => Promise<unknown>;

interface Calling {
  readonly url: string;
  readonly token: string;
  readonly calls: number;
  readonly read: Read;
}

export function callMany({ url, token, calls, read }: Calling): Promise<Sample> {
  let left = calls;
  const caller = async (): Promise<void> => {
    const client = createClient({ url, token });
    while (left > 0) {
      left -= 1;
      await read(client);
    }
  };
  return timed(calls, () => Promise.all(Array.from({ length: IN_FLIGHT }, caller)));
}
