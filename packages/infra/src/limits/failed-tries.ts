/** Tries of one kind in a row that have not gone well: how many, and before when there is no next one. */
export interface Tries {
  readonly count: number;
  readonly notBeforeMs: number;
}

const FIRST_DELAY_MS = 1_000;
const DELAY_MAX_MS = 15 * 60_000;
/** Many people may stand behind one address: one of them must not keep the others out for long. */
const ADDRESS_DELAY_MAX_MS = 10_000;
/** Tries are forgotten after so long without another. */
export const FORGOTTEN_MS = 24 * 3_600_000;

/** Per account and address together. So many mistakes anybody makes. */
const FREE_OF_PAIR = 5;
/** When an account has failed as often from everywhere together, each address has one try, and then waits: many addresses help little. */
const FAILED_EVERYWHERE = 50;
/** Per address, whatever the account. */
const FREE_OF_ADDRESS = 50;

/** Doubles with each try beyond the free ones: 1 s, 2 s, 4 s, to a quarter of an hour. */
export function delayAfter(count: number, free: number, maxMs = DELAY_MAX_MS): number {
  return count < free ? 0 : Math.min(FIRST_DELAY_MS * 2 ** Math.min(count - free, 30), maxMs);
}

export const isFreeOfAddress = (count: number): boolean => delayAfter(count, FREE_OF_ADDRESS) === 0;

export interface Standing {
  readonly pair: Tries;
  readonly everywhere: number;
  readonly address: Tries;
}

export interface Judged {
  /** 0: the try may be made, and counts as failed until it has gone well. */
  readonly waitMs: number;
  readonly pairDelayMs: number;
  readonly addressDelayMs: number;
}

/**
 * Whether one more try may be made. What others do to an account never keeps anybody from a first try: failures from elsewhere only take away
 * the free mistakes, so that no attacker can lock its owner out.
 */
export function judgeTry({ pair, everywhere, address }: Standing, nowMs: number): Judged {
  const waitMs = Math.max(0, pair.notBeforeMs - nowMs, address.notBeforeMs - nowMs);
  const free = everywhere >= FAILED_EVERYWHERE ? 1 : FREE_OF_PAIR;
  return {
    waitMs,
    pairDelayMs: delayAfter(pair.count + 1, free),
    addressDelayMs: delayAfter(address.count + 1, FREE_OF_ADDRESS, ADDRESS_DELAY_MAX_MS),
  };
}
