import type { Client } from 'pg';

/** A range of numbers, both included. */
export interface Chunk {
  readonly first: number;
  readonly last: number;
}

export function chunksOf(first: number, last: number, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = first; from <= last; from += size) chunks.push({ first: from, last: Math.min(from + size - 1, last) });
  return chunks;
}

export interface LaneWork {
  readonly signal: AbortSignal;
  /** Answers how many rows it wrote. */
  readonly work: (client: Client, chunk: Chunk) => Promise<number>;
  readonly onDone: (progress: Progress) => void;
}

/** Chunks done of all, and rows written. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly rows: number;
}

/** Each connection takes the next chunk as soon as it is free. After a failure none takes another, and the first failure is thrown when all stand still. */
export async function inLanes(clients: readonly Client[], chunks: readonly Chunk[], { signal, work, onDone }: LaneWork): Promise<void> {
  const left = [...chunks];
  let done = 0;
  let rows = 0;
  const lane = async (client: Client): Promise<void> => {
    for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift()) {
      signal.throwIfAborted();
      const written = await work(client, chunk).catch((error: unknown) => {
        left.length = 0;
        throw error;
      });
      rows += written;
      done += 1;
      onDone({ done, total: chunks.length, rows });
    }
  };
  const ended = await Promise.allSettled(clients.map(lane));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
