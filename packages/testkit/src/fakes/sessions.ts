import type { CachedSession, SessionCache } from '@trii/domain';

export interface FakeSessions extends SessionCache {
  /** What Redis losing its memory looks like. */
  forget(): void;
  readonly size: number;
}

/** The session cache in memory, with its one rule: what was ended stays ended. */
export function fakeSessions(): FakeSessions {
  const entries = new Map<string, CachedSession | 'ended'>();
  return {
    async find(tokenHash, lookUp) {
      const known = entries.get(tokenHash);
      if (known !== undefined) return known === 'ended' ? undefined : known;
      const found = await lookUp();
      if (found !== undefined && !entries.has(tokenHash)) entries.set(tokenHash, found);
      return found;
    },
    end: (tokenHash) => {
      entries.set(tokenHash, 'ended');
      return Promise.resolve();
    },
    forget: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
