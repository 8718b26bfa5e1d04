import { CodedError, isCodedError, localDateIn, MS_PER_DAY, toEpochDay, zonedTimeToEpochMs } from '@trii/kernel';
import { DATE_FORMATS, mayBe, stampReader } from './date-formats.ts';
import type { DateFormat, Stamp } from './date-formats.ts';
import { fault } from './reject-reasons.ts';
import type { Fault } from './reject-reasons.ts';

export interface DateRequest {
  /** Cells of the date column, at least the first thousands of the file. */
  readonly sample: readonly string[];
  /** The format to use; undefined asks for detection. */
  readonly format: DateFormat | undefined;
  /** IANA name of the zone whose clocks the file's times show, and in which an instant's session date is read. */
  readonly timeZone: string | undefined;
  readonly granularity: 'day' | 'month' | 'minute';
}

/**
 * A function from a cell to days since 1970 (day, month) or epoch milliseconds (minute).
 * A day written with a time but no offset is the date as written. A day given as an instant (offset or epoch) is the date in the
 * time zone; without one the file is refused, since midnight UTC is another day in New York.
 * @throws CodedError DATE_FORMAT_UNCLEAR naming --date-format, TIME_ZONE_REQUIRED naming --time-zone
 */
export function dateReader(request: DateRequest): (text: string) => number | Fault {
  const format = request.format ?? detectDateFormat(request.sample, request.granularity);
  const read = stampReader(format);
  const { timeZone, granularity } = request;
  if (timeZone === undefined) assertNoZoneNeeded(request.sample.map(read), granularity);
  const unread = (text: string): Fault => fault('not_a_date', `${text} is not ${format}`);
  if (granularity === 'minute') {
    return (text) => {
      const stamp = read(text);
      return stamp === null ? unread(text) : instantOf(stamp, text, timeZone);
    };
  }
  return (text) => {
    const stamp = read(text);
    if (stamp === null) return unread(text);
    if (stamp.offsetMs === null || stamp.timeMs === null) return stamp.epochDay;
    if (timeZone === undefined) return fault('not_a_date', `${text} is an instant: pass --time-zone`);
    return toEpochDay(localDateIn(stamp.epochDay * MS_PER_DAY + stamp.timeMs - stamp.offsetMs, timeZone));
  };
}

function instantOf(stamp: Stamp, text: string, timeZone: string | undefined): number | Fault {
  if (stamp.timeMs === null) return fault('not_a_date', `${text} has no time of day`);
  const localMs = stamp.epochDay * MS_PER_DAY + stamp.timeMs;
  if (stamp.offsetMs !== null) return localMs - stamp.offsetMs;
  if (timeZone === undefined) return fault('not_a_date', `${text} has no offset: pass --time-zone`);
  try {
    return zonedTimeToEpochMs(localMs, timeZone, { disambiguation: 'reject' });
  } catch (error) {
    if (isCodedError(error) && error.code === 'NONEXISTENT_LOCAL_TIME') return fault('nonexistent_local_time', text);
    if (isCodedError(error) && error.code === 'AMBIGUOUS_LOCAL_TIME') return fault('ambiguous_local_time', text);
    throw error;
  }
}

function assertNoZoneNeeded(stamps: ReadonlyArray<Stamp | null>, granularity: DateRequest['granularity']): void {
  const wallClock = granularity === 'minute';
  const unclear = stamps.some((stamp) => stamp !== null && stamp.timeMs !== null && (stamp.offsetMs === null) === wallClock);
  if (!unclear) return;
  const why = wallClock
    ? 'the times have no offset: say on whose clocks they were read with --time-zone, e.g. America/New_York'
    : 'the dates are instants: say in which zone their day is meant with --time-zone, e.g. UTC if they are midnights UTC';
  throw new CodedError('TIME_ZONE_REQUIRED', why);
}

/**
 * The one format that reads the sample. Two formats that both read everything (M/D/YYYY and D/M/YYYY when no day is above 12), or
 * that each read what the other cannot, are refused.
 * @throws CodedError DATE_FORMAT_UNCLEAR
 */
export function detectDateFormat(sample: readonly string[], granularity: DateRequest['granularity'] = 'day'): DateFormat {
  const cells = [...new Set(sample)].filter((text) => text !== '');
  const candidates = DATE_FORMATS.filter((format) => format !== 'YYYY-MM' || granularity === 'month');
  const reads = candidates.map((format) => ({ format, cells: cellsRead(cells, format) })).filter((read) => read.cells.size > 0);
  const readable = new Set(reads.flatMap((read) => [...read.cells]));
  const complete = reads.filter((read) => read.cells.size === readable.size);
  const [only] = complete;
  if (only !== undefined && complete.length === 1) return only.format;
  throw unclear(
    cells,
    (complete.length > 1 ? complete : reads).map((read) => read.format),
  );
}

function cellsRead(cells: readonly string[], format: DateFormat): Set<string> {
  const read = stampReader(format);
  return new Set(cells.filter((text) => mayBe(text, format) && read(text) !== null));
}

function unclear(cells: readonly string[], formats: readonly DateFormat[]): CodedError {
  const examples = cells.slice(0, 3).map((text) => `"${text.slice(0, 40)}"`);
  const found = formats.length === 0 ? 'is in none of the known formats' : `can be read as ${formats.join(' or ')}`;
  return new CodedError(
    'DATE_FORMAT_UNCLEAR',
    `the date column (${examples.join(', ') || 'empty'}) ${found}; say which with --date-format (${DATE_FORMATS.join(', ')})`,
    { details: { examples: cells.slice(0, 3), formats } },
  );
}
