import { CodedError, invariant } from './errors.ts';
import { isLocalDate } from './local-date.ts';
import type { LocalDate } from './local-date.ts';
import { localDateIn } from './time-zone.ts';

/** The only source of the present. Everything that needs it takes a Clock as an argument, so that tests decide what time it is. */
export interface Clock {
  now(): Date;
  /** The civil date in that IANA time zone now. */
  today(timeZone: string): LocalDate;
}

function clockOf(nowMs: () => number): Clock {
  return { now: () => new Date(nowMs()), today: (timeZone) => localDateIn(nowMs(), timeZone) };
}

export const systemClock: Clock = clockOf(() => Date.now());

/** A clock that stands still. */
export function fixedClock(at: Date | string | number): Clock {
  const epochMs = instant(at).getTime();
  return clockOf(() => epochMs);
}

export interface ManualClock extends Clock {
  /** Moves on by that many milliseconds (not back). */
  advance(ms: number): void;
  set(at: Date | string | number): void;
}

/** A clock that moves only when told, for tests and simulations. */
export function manualClock(start: Date | string | number): ManualClock {
  let epochMs = instant(start).getTime();
  return {
    ...clockOf(() => epochMs),
    advance(ms) {
      invariant(Number.isFinite(ms) && ms >= 0, 'a clock only advances; use set to go back');
      epochMs += ms;
    },
    set(at) {
      epochMs = instant(at).getTime();
    },
  };
}

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * A Date from epoch milliseconds or an ISO 8601 text that carries its offset ('2024-03-01T14:30:00Z', '...-05:00'). A text without
 * offset is refused, since it would be read in the machine's own zone. Beyond milliseconds digits are cut.
 * @throws CodedError INVALID_INSTANT
 */
export function instant(value: Date | string | number): Date {
  // Date rolls 2023-02-30 over into March; an instant from outside must not.
  const wellFormed = typeof value !== 'string' || (ISO_INSTANT.test(value) && isLocalDate(value.slice(0, 10)));
  const date = new Date(wellFormed ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw new CodedError('INVALID_INSTANT', 'expected an instant such as 2024-03-01T14:30:00Z, with Z or an offset', {
      details: { value: String(value).slice(0, 60) },
    });
  }
  return date;
}
