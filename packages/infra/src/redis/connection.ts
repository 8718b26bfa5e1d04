import { Redis } from 'ioredis';

/** Commands fail instead of waiting for ever while Redis is away; the callers degrade. */
export function connectCache(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, enableOfflineQueue: true, connectTimeout: 2_000, commandTimeout: 2_000 });
  redis.on('error', onError);
  return redis;
}

/** A blocking reader or a BullMQ connection waits as long as it takes. */
export function connectBlocking(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, enableReadyCheck: false });
  redis.on('error', onError);
  return redis;
}
