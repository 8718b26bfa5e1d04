import type { PasswordHasher } from '@trii/domain';

export interface FakePasswords extends PasswordHasher {
  /** Each `verify`, in order: whether a hash was there to compare with. */
  readonly verified: readonly { readonly hadHash: boolean }[];
  /** How many were made. */
  readonly hashed: () => number;
}

/** Costs nothing, and so is only for tests that are not about passwords; keeps the password itself out of the hash, as a real one does. */
export function fakePasswords(): FakePasswords {
  const verified: { hadHash: boolean }[] = [];
  let hashed = 0;
  const hash = (password: string): string => `fake:${Bun.hash(password)}`;
  return {
    verified,
    hashed: () => hashed,
    hash: (password) => {
      hashed += 1;
      return Promise.resolve(hash(password));
    },
    isOutdated: (stored) => stored.startsWith('old:'),
    isCommon: (text) => text === 'password',
    verify: (password, stored) => {
      verified.push({ hadHash: stored !== null });
      return Promise.resolve(stored === hash(password) || stored === `old:${hash(password)}`);
    },
  };
}
