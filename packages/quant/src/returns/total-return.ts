import { CodedError } from '@trii/kernel';

/** One session: its close, and what was paid or split with effect from it, in units of that close. */
export interface DistributedClose {
  readonly close: number;
  /** Per unit as it trades at that close, after any split; 0 by default. */
  readonly dividend?: number;
  /** New units for each old one; 1 by default. */
  readonly splitRatio?: number;
}

/**
 * Return of one session with its distributions, as a fraction: (close + dividend) * splitRatio / previousClose - 1. A dividend is taken at the
 * close of its ex-date and reinvested there.
 * Source: the adjusted closes of Quandl's WIKI prices; CRSP's factor 1 - D / previousClose gives a slightly different number.
 * @throws CodedError OUT_OF_RANGE when a price or ratio is not above zero, or a dividend is negative
 */
export function sessionTotalReturn(previousClose: number, session: DistributedClose): number {
  const { close, dividend = 0, splitRatio = 1 } = session;
  for (const [name, value] of Object.entries({ previousClose, close, splitRatio })) if (!(value > 0)) throw outOfRange(name, value);
  if (!(dividend >= 0)) throw outOfRange('dividend', dividend);
  return ((close + dividend) * splitRatio) / previousClose - 1;
}

/**
 * Return over all sessions with every distribution reinvested: the sessions' total returns, compounded. The first session is where it starts;
 * its own distributions were somebody else's. Zero for one session.
 * @throws CodedError OUT_OF_RANGE when there is no session or one cannot be used
 */
export function totalReturn(sessions: readonly DistributedClose[]): number {
  const [first] = sessions;
  if (first === undefined) throw outOfRange('sessions', 0);
  let wealth = 1;
  let previous = first.close;
  for (const session of sessions.slice(1)) {
    wealth *= 1 + sessionTotalReturn(previous, session);
    previous = session.close;
  }
  return wealth - 1;
}

const outOfRange = (name: string, value: number): CodedError =>
  new CodedError('OUT_OF_RANGE', `${name} is out of range`, { details: { name, value: String(value) } });
