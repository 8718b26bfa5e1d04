import type { PriceTick, TickPublisher, TickReplay } from '@trii/domain';
import { invariant } from '@trii/kernel';
import type { Redis } from 'ioredis';
import { keyOf, marketDataStream } from './keys.ts';
import { addAll, addEntry, readEntries } from './streams.ts';

/** A publisher that hands over more at once would hold Redis for all others. */
const TICKS_MAX = 1_000;

/** Ticks go past the outbox: they are lost with Redis, and the next one follows. */
export function redisTickPublisher(redis: Redis): TickPublisher {
  return {
    async publish(ticks) {
      invariant(ticks.length <= TICKS_MAX, `at most ${TICKS_MAX} ticks at once`);
      if (ticks.length === 0) return;
      await addAll(redis, (pipeline) => {
        for (const { timestampMs, ...tick } of ticks)
          addEntry(pipeline, marketDataStream, { segments: {}, entry: { ...tick, timestamp: String(timestampMs) } });
      });
    },
  };
}

export function redisTickReplay(redis: Redis): TickReplay {
  const place = { stream: marketDataStream, key: keyOf(marketDataStream, {}) };
  return {
    async replay(reading) {
      const { entries, next, isGap } = await readEntries(redis, place, reading);
      return {
        items: entries.map(({ id, entry: { timestamp, ...tick } }): PriceTick & { id: string } => ({
          id,
          ...tick,
          timestampMs: Number(timestamp),
        })),
        next,
        isGap,
      };
    },
  };
}
