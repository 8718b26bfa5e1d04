import { createHmac } from 'node:crypto';
import type { PasswordHasher } from '@trii/domain';

/** At most this many hashes at once: one takes a quarter of a second of a core, and sign-in must not starve the rest. */
const CONCURRENT_MAX = 2;

/**
 * bcrypt over base64(HMAC-SHA-256(pepper, password)): the pre-hash makes every password 44 bytes, below bcrypt's 72, beyond which
 * libraries differ. `cost` comes from the configuration; tests pass a cheap one.
 */
export function bcryptHasher(options: { readonly cost: number; readonly pepper: string }): PasswordHasher {
  const gate = semaphore(CONCURRENT_MAX);
  const prehash = (password: string) => createHmac('sha256', options.pepper).update(password).digest('base64');
  const hash = (password: string) => gate(() => Bun.password.hash(prehash(password), { algorithm: 'bcrypt', cost: options.cost }));
  // Verified against when the account does not exist, so that the answer takes as long as for one that does.
  let decoy: Promise<string> | undefined;
  return {
    hash,
    async verify(password, stored) {
      decoy ??= hash('nobody has this password');
      const against = stored ?? (await decoy);
      const matches = await gate(() => verifyHash(prehash(password), against));
      return matches && stored !== null;
    },
  };
}

/** Bun throws on a hash it cannot read; that is a wrong password like any other. */
async function verifyHash(password: string, hash: string): Promise<boolean> {
  if (!/^\$2[aby]\$\d\d\$.{53}$/.test(hash)) return false;
  return Bun.password.verify(password, hash, 'bcrypt');
}

function semaphore(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
