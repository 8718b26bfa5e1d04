import { createHmac } from 'node:crypto';
import { Failure, type PasswordHasher } from '@trii/domain';
import { isCommonPassword } from './leaked-passwords.ts';

/** At most this many hashes at once: one takes a quarter of a second of a core, and sign-in must not starve the rest. */
const CONCURRENT_MAX = 2;
/** At most this many wait their turn, three seconds for the last; who comes then is told to come again. */
const WAITING_MAX = 24;

/**
 * bcrypt over base64(HMAC-SHA-256(pepper, password)): the pre-hash makes every password 44 bytes, below bcrypt's 72, beyond which
 * libraries differ. `cost` comes from the configuration; tests pass a cheap one.
 * @throws Failure UNAVAILABLE when too many wait already
 */
export function bcryptHasher(options: { readonly cost: number; readonly pepper: string }): PasswordHasher {
  const gate = semaphore(CONCURRENT_MAX, WAITING_MAX);
  const prehash = (password: string) => createHmac('sha256', options.pepper).update(password).digest('base64');
  const bcrypt = (password: string) => Bun.password.hash(prehash(password), { algorithm: 'bcrypt', cost: options.cost });
  // Verified against when the account does not exist, so that the answer takes as long as for one that does.
  let decoy: Promise<string> | undefined;
  return {
    hash: (password) => gate(() => bcrypt(password)),
    async verify(password, stored) {
      return gate(async () => {
        decoy ??= bcrypt('nobody has this password');
        const matches = await verifyHash(prehash(password), stored ?? (await decoy));
        return matches && stored !== null;
      });
    },
    isOutdated: (stored) => costOf(stored) !== options.cost,
    isCommon: isCommonPassword,
  };
}

const costOf = (hash: string): number => Number(/^\$2[aby]\$(\d\d)\$/.exec(hash)?.[1]);

/** Bun throws on a hash it cannot read; that is a wrong password like any other. */
async function verifyHash(password: string, hash: string): Promise<boolean> {
  if (!/^\$2[aby]\$\d\d\$.{53}$/.test(hash)) return false;
  return Bun.password.verify(password, hash, 'bcrypt');
}

function semaphore(max: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) {
      if (waiting.length >= waitingMax) throw new Failure('UNAVAILABLE');
      // Whoever ends hands its place over, so that nobody who comes in between takes it.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
