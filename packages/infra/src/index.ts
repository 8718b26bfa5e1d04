export { readConfig, type Config } from './config.ts';
export { bcryptHasher } from './identity/passwords.ts';
export { sessionTokens } from './identity/tokens.ts';
export { createLogger } from './logger.ts';
export { createTransactionHost, type ServingOrms } from './postgres/transaction-host.ts';
export { endWithParent, type Lifeline } from './process/end-with-parent.ts';
export { connectBlocking, connectCache } from './redis/connection.ts';
export { LIVE_STREAM, LIVE_STREAM_MAX, redisLiveReader, type LiveReader } from './redis/live-events.ts';
export { redisSessionCache } from './redis/session-cache.ts';
