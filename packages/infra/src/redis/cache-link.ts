import type { Logger } from '@trii/domain';
import { newId } from '@trii/kernel';
import { Redis } from 'ioredis';
import { valueKeys } from './keys.ts';

export interface CacheLink {
  readonly state: 'up' | 'down';
  /** What `work` gives; undefined while the cache is away, without waiting for it. */
  ask<T extends object | string | number | null>(work: (redis: Redis) => Promise<T>): Promise<T | undefined>;
  /** Tells the cache that something is no longer true; false: it was away. What it could not be told, this process makes up for before it asks again. */
  tell(work: (redis: Redis) => Promise<unknown>): Promise<boolean>;
  /** Resolves when the cache is up, or when it has not come up within that time. */
  ready(withinMs: number): Promise<void>;
  close(): void;
}

interface LinkOptions {
  readonly url: string;
  readonly logger: Logger;
}

/** One call may wait this long for a cache that hangs; then nobody asks it until it has answered a probe. */
const ANSWER_MAX_MS = 500;
const PROBE_MIN_MS = 250;
const PROBE_MAX_MS = 5_000;
const RECONNECT_STEP_MS = 100;
const RECONNECT_MAX_MS = 2_000;
/** One warning in this time, however often the cache comes and goes. */
const WARNING_EVERY_MS = 30_000;

const epochs = valueKeys.flatMap(({ epoch }) => epoch ?? []);

/**
 * A connection to the cache that may be away. The first failure opens the circuit: from then on calls go past the cache at once. It closes by a
 * probe that begins a new epoch, which makes a miss of everything that was cached before, here and in every other process: while this process
 * was cut off, values may have become wrong without the cache being told, and a server that was restarted may have brought old ones back. So
 * also a first connection begins an epoch.
 */
export function openCacheLink({ url, logger }: LinkOptions): CacheLink {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2_000,
    commandTimeout: ANSWER_MAX_MS,
    retryStrategy: (times) => Math.min(times * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
  });
  return new Link(redis, logger);
}

class Link implements CacheLink {
  state: 'up' | 'down' = 'down';
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #waiting = new Set<() => void>();
  /** Counts what the cache was not told, so that a probe under way meanwhile does not close the circuit. */
  #untold = 0;
  #isProbing = false;
  #isClosed = false;
  #pauseMs = PROBE_MIN_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #warnedAt = -Infinity;

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
    redis.on('ready', () => this.#probe());
    redis.on('close', () => this.#fall(new Error('the connection closed')));
    // Without a listener ioredis prints it; what matters of it arrives as a close or as a failed call.
    redis.on('error', (error: Error) => this.#fall(error));
  }

  async ask<T extends object | string | number | null>(work: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.state === 'down') return undefined;
    try {
      return await work(this.#redis);
    } catch (error) {
      this.#fall(error);
      return undefined;
    }
  }

  async tell(work: (redis: Redis) => Promise<unknown>): Promise<boolean> {
    const told = await this.ask(async (redis) => {
      await work(redis);
      return 'told';
    });
    if (told === undefined) this.#untold += 1;
    return told !== undefined;
  }

  async ready(withinMs: number): Promise<void> {
    if (this.state === 'up') return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#waiting.add(done);
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.state = 'down';
    this.#redis.disconnect();
  }

  #fall(error: unknown): void {
    if (this.#isClosed) return;
    const wasUp = this.state === 'up';
    this.state = 'down';
    const isFirst = this.#warnedAt === -Infinity;
    if ((wasUp || isFirst) && performance.now() - this.#warnedAt > WARNING_EVERY_MS) {
      this.#warnedAt = performance.now();
      this.#logger.warn({ error }, 'the cache is away; reading from the database');
    }
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#probe();
    }, this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, PROBE_MAX_MS);
  }

  #probe(): void {
    if (this.state === 'up' || this.#isProbing || this.#isClosed) return;
    if (this.#redis.status !== 'ready') return this.#probeLater();
    this.#isProbing = true;
    void this.#beginEpochs();
  }

  async #beginEpochs(): Promise<void> {
    const untold = this.#untold;
    try {
      await this.#redis.mset(epochs.flatMap((key) => [key, newId()]));
      this.#isProbing = false;
      if (untold === this.#untold && this.#redis.status === 'ready') this.#rise();
      else this.#probeLater();
    } catch {
      // What is wrong was said when the circuit opened; this is only another look.
      this.#isProbing = false;
      this.#probeLater();
    }
  }

  #rise(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pauseMs = PROBE_MIN_MS;
    this.state = 'up';
    if (this.#warnedAt !== -Infinity) this.#logger.info({}, 'the cache is back; what it held before is not used');
    for (const done of this.#waiting) done();
  }
}
