import { CodedError } from './errors.ts';
import { epochDayOf, fromEpochDay, toEpochDay } from './local-date.ts';
import type { LocalDate } from './local-date.ts';

export const MS_PER_DAY = 86_400_000;

/** Offsets (local minus UTC, in ms) of a time zone, remembered per UTC day: Intl costs microseconds, ten million look-ups must not. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** The offset all through that UTC day, or null where it changes within. */
  readonly byDay: Map<number, number | null>;
  lastDay: number;
  lastOffset: number | null;
}

/** A century of days: bounds the memory when instants come from outside. */
const REMEMBERED_DAYS_MAX = 40_000;
const ZONES_MAX = 600;
const zones = new Map<string, Zone>();

/** Whether this runtime knows the IANA name, e.g. 'America/Bogota'. */
export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  if (zones.has(value)) return true;
  try {
    zoneOf(value);
    return true;
  } catch {
    return false;
  }
}

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new CodedError('UNKNOWN_TIME_ZONE', 'expected an IANA time zone such as America/New_York', {
      details: { timeZone: timeZone.slice(0, 64) },
      cause,
    });
  }
  if (zones.size >= ZONES_MAX) zones.clear();
  const zone: Zone = { format, byDay: new Map(), lastDay: Number.NaN, lastOffset: null };
  zones.set(timeZone, zone);
  return zone;
}

/** Asks Intl; slow. */
function computeOffset(zone: Zone, epochMs: number): number {
  const parts = { era: '', year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of zone.format.formatToParts(epochMs)) {
    if (type === 'era') parts.era = value;
    else if (type in parts) parts[type as 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'] = Number(value);
  }
  const year = parts.era.startsWith('B') ? 1 - parts.year : parts.year;
  const localSeconds = epochDayOf(year, parts.month, parts.day) * 86_400 + parts.hour * 3600 + parts.minute * 60 + parts.second;
  return localSeconds * 1000 - Math.floor(epochMs / 1000) * 1000;
}

function dayOffset(zone: Zone, day: number): number | null {
  if (day === zone.lastDay) return zone.lastOffset;
  let offset = zone.byDay.get(day);
  if (offset === undefined) {
    const first = computeOffset(zone, day * MS_PER_DAY);
    // No zone has ever changed twice within one UTC day, so equal ends mean one offset throughout.
    offset = first === computeOffset(zone, (day + 1) * MS_PER_DAY - 1) ? first : null;
    if (zone.byDay.size >= REMEMBERED_DAYS_MAX) zone.byDay.clear();
    zone.byDay.set(day, offset);
  }
  zone.lastDay = day;
  zone.lastOffset = offset;
  return offset;
}

/**
 * Local time minus UTC at that instant, in ms (New York in winter: -18,000,000).
 * @throws CodedError UNKNOWN_TIME_ZONE
 */
export function zoneOffsetMs(epochMs: number, timeZone: string): number {
  const zone = zoneOf(timeZone);
  return dayOffset(zone, Math.floor(epochMs / MS_PER_DAY)) ?? computeOffset(zone, epochMs);
}

/** The civil date on the wall calendar of that zone at that instant (a Date, or epoch milliseconds). */
export function localDateIn(instant: Date | number, timeZone: string): LocalDate {
  const epochMs = typeof instant === 'number' ? instant : instant.getTime();
  return fromEpochDay(Math.floor((epochMs + zoneOffsetMs(epochMs, timeZone)) / MS_PER_DAY));
}

/** A wall-clock reading: date and 'HH:MM', 'HH:MM:SS' or 'HH:MM:SS.mmm'. */
export interface LocalDateTime {
  readonly date: LocalDate;
  readonly time: string;
}

/**
 * What to do with a reading that the wall clock shows never (the spring gap) or twice (the autumn overlap); the names are those of
 * Temporal. compatible: in a gap move on by its length, in an overlap take the first; earlier, later: the one before or after;
 * reject: throw.
 */
export type Disambiguation = 'compatible' | 'earlier' | 'later' | 'reject';

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{3}))?)?$/;

/** Milliseconds since midnight of 'HH:MM[:SS[.mmm]]'. @throws CodedError INVALID_TIME */
export function parseTimeOfDay(time: string): number {
  const match = TIME.exec(time);
  if (match === null) {
    throw new CodedError('INVALID_TIME', 'expected a time as HH:MM, HH:MM:SS or HH:MM:SS.mmm', { details: { value: time.slice(0, 40) } });
  }
  return Number(match[1]) * 3_600_000 + Number(match[2]) * 60_000 + Number(match[3] ?? 0) * 1000 + Number(match[4] ?? 0);
}

/**
 * The instant at which clocks in that zone show that reading.
 * @throws CodedError INVALID_TIME, UNKNOWN_TIME_ZONE; NONEXISTENT_LOCAL_TIME or AMBIGUOUS_LOCAL_TIME under 'reject'.
 */
export function zonedTimeToInstant(
  local: LocalDateTime,
  timeZone: string,
  options: { readonly disambiguation?: Disambiguation } = {},
): Date {
  return new Date(zonedTimeToEpochMs(toEpochDay(local.date) * MS_PER_DAY + parseTimeOfDay(local.time), timeZone, options));
}

/** As {@link zonedTimeToInstant}, from the reading as if it were UTC, in epoch milliseconds: for imports of millions of rows. */
export function zonedTimeToEpochMs(localMs: number, timeZone: string, options: { readonly disambiguation?: Disambiguation } = {}): number {
  const { disambiguation = 'compatible' } = options;
  // Offsets are at most 14 hours and change at most once in two days, so these two bracket the change.
  const before = zoneOffsetMs(localMs - MS_PER_DAY, timeZone);
  const after = zoneOffsetMs(localMs + MS_PER_DAY, timeZone);
  if (before === after) return localMs - before;
  const early = localMs - before;
  const late = localMs - after;
  const earlyHolds = zoneOffsetMs(early, timeZone) === before;
  const lateHolds = zoneOffsetMs(late, timeZone) === after;
  if (earlyHolds && lateHolds) {
    if (disambiguation === 'reject') throw unclearTime('AMBIGUOUS_LOCAL_TIME', localMs, timeZone);
    return disambiguation === 'later' ? late : early;
  }
  if (earlyHolds) return early;
  if (lateHolds) return late;
  if (disambiguation === 'reject') throw unclearTime('NONEXISTENT_LOCAL_TIME', localMs, timeZone);
  return disambiguation === 'earlier' ? late : early;
}

function unclearTime(code: 'AMBIGUOUS_LOCAL_TIME' | 'NONEXISTENT_LOCAL_TIME', localMs: number, timeZone: string): CodedError {
  const local = new Date(localMs).toISOString().slice(0, -1);
  const how = code === 'AMBIGUOUS_LOCAL_TIME' ? 'twice' : 'never';
  return new CodedError(code, `clocks in ${timeZone} show ${local} ${how}: give the time with its UTC offset`, {
    details: { local, timeZone },
  });
}
