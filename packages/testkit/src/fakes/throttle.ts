import type { SignInThrottle } from '@trii/domain';

export interface FakeThrottle extends SignInThrottle {
  /** What the next tries of this account have to wait, until it is set to 0. */
  delay(account: string, waitMs: number): void;
  readonly succeededFor: readonly string[];
}

/** Lets every try be made, unless it was told otherwise. */
export function fakeThrottle(): FakeThrottle {
  const delays = new Map<string, number>();
  const succeededFor: string[] = [];
  return {
    succeededFor,
    delay: (account, waitMs) => void delays.set(account, waitMs),
    begin: (account) => Promise.resolve(delays.get(account) ?? 0),
    succeeded: (account) => {
      succeededFor.push(account);
      return Promise.resolve();
    },
  };
}
