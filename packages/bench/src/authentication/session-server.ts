// Our side: the session of each call is looked up in the cache, and believed for a read as long as its lease lasts.
import { resolveSession } from '@trii/domain';
import { sessionTokens } from '@trii/infra';
import { systemClock } from '@trii/kernel';
import { serveCalls } from './serve-calls.ts';

await serveCalls(({ transactions, sessions }) => ({
  transactions,
  actorOf: (token) => resolveSession({ tokenHash: sessionTokens.hash(token), sessions, transactions, clock: systemClock }),
}));
