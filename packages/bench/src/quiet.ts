import { type Logger, type Ports, sessionLimitsByDefault } from '@trii/domain';

/** What goes wrong in a bench ends it; the rest is not its business. */
export const quietLogger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Imports and jobs are the system's own: nobody signs in and nobody listens. */
export const noPorts: Ports = {
  mail: { send: unreachable },
  passwords: { hash: unreachable, verify: unreachable, isOutdated: unreachable, isCommon: unreachable },
  sessions: { find: unreachable, end: unreachable },
  tokens: { issue: unreachable, hash: unreachable },
  throttle: { begin: unreachable, succeeded: unreachable },
  sessionLimits: sessionLimitsByDefault,
  live: { subscribe: unreachable },
  bank: { register: unreachable, instruct: unreachable, messages: unreachable, acknowledge: unreachable },
  vault: { currentMasterKeyId: unreachable, issue: unreachable, wrap: unreachable, unwrap: unreachable, blindIndexKey: unreachable },
  blobs: {
    put: unreachable,
    get: unreachable,
    read: unreachable,
    delete: unreachable,
    deleteAll: unreachable,
    list: unreachable,
    owners: unreachable,
  },
  screening: { screen: unreachable },
};

function unreachable(): never {
  throw new Error('a bench of system operations has no investor');
}
