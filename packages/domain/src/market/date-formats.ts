import { isLocalDate, MS_PER_DAY, toEpochDay } from '@trii/kernel';
import { ownCopy } from './own-copy.ts';

/** How a file writes its dates. All but the epoch forms may carry a time and an offset: '2020-12-15 09:30', '...T09:30:00-05:00'. */
export const DATE_FORMATS = [
  'YYYY-MM-DD',
  'YYYYMMDD',
  'M/D/YYYY',
  'D/M/YYYY',
  'MMM D YYYY',
  'D MMM YYYY',
  'YYYY-MM',
  'epoch-s',
  'epoch-ms',
] as const;

export type DateFormat = (typeof DATE_FORMATS)[number];
type CivilFormat = Exclude<DateFormat, 'epoch-s' | 'epoch-ms'>;

/** Named groups y, m, d. Separators may be slash, hyphen or point; two-digit years are not accepted, since their century is a guess. */
const CIVIL: Readonly<Record<CivilFormat, RegExp>> = {
  'YYYY-MM-DD': /^(?<y>\d{4})([-/.])(?<m>\d{1,2})\2(?<d>\d{1,2})$/,
  YYYYMMDD: /^(?<y>\d{4})(?<m>\d{2})(?<d>\d{2})$/,
  'M/D/YYYY': /^(?<m>\d{1,2})([-/.])(?<d>\d{1,2})\2(?<y>\d{4})$/,
  'D/M/YYYY': /^(?<d>\d{1,2})([-/.])(?<m>\d{1,2})\2(?<y>\d{4})$/,
  'MMM D YYYY': /^(?<m>[A-Za-z]{3,9})[ -](?<d>\d{1,2}),?[ -](?<y>\d{4})$/,
  'D MMM YYYY': /^(?<d>\d{1,2})[ -](?<m>[A-Za-z]{3,9})[ -](?<y>\d{4})$/,
  'YYYY-MM': /^(?<y>\d{4})[-/](?<m>\d{1,2})$/,
};

/** What a cell must look like to be taken for epoch time unasked: seconds of 1973 to 2286, milliseconds of 1973 or 2001 to 2286. */
const EPOCH_SHAPE = { 'epoch-s': /^\d{9,10}$/, 'epoch-ms': /^\d{12,13}$/ } as const;
const EPOCH_NUMBER = /^-?\d{1,13}$/;

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const TIME = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?: ?(Z|UTC|[+-]\d{2}(?::?\d{2})?))?$/;

/** One reading of a cell: the civil day and, where the cell has them, time of day and offset to UTC. */
export interface Stamp {
  readonly epochDay: number;
  readonly timeMs: number | null;
  readonly offsetMs: number | null;
}

/** Days since 1970 of a civil date in that format, or null. */
function civilDay(text: string, format: CivilFormat): number | null {
  const groups = CIVIL[format].exec(text)?.groups;
  if (groups === undefined) return null;
  const month = monthNumber(groups['m'] ?? '');
  const day = Number(groups['d'] ?? 1);
  const padded = `${groups['y'] ?? ''}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  return isLocalDate(padded) ? toEpochDay(padded) : null;
}

function monthNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const name = text.toLowerCase();
  const index = MONTHS.findIndex((month) => month === name || month.slice(0, 3) === name || (name === 'sept' && month === 'september'));
  return index + 1;
}

/** Series repeat the same dates and times; the bound keeps a hostile file from filling memory. */
const REMEMBERED_MAX = 20_000;

function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    // Neighbouring lines mostly share their date: comparing is cheaper than hashing.
    if (last?.text === text) return last.value;
    let value = known.get(text);
    if (value === undefined) {
      if (known.size >= REMEMBERED_MAX) known.clear();
      value = read(text);
      known.set(ownCopy(text), value);
    }
    last = { text, value };
    return value;
  };
}

/** A function from a cell to its reading, or null where the cell is not of that format. */
export function stampReader(format: DateFormat): (text: string) => Stamp | null {
  if (format === 'epoch-s' || format === 'epoch-ms') return (text) => epochStamp(text, format === 'epoch-s' ? 1000 : 1);
  const remembered = remembering((text) => civilDay(text, format));
  // The usual form costs less to compute than to look up.
  const dayOf = format === 'YYYY-MM-DD' ? (text: string) => (isLocalDate(text) ? toEpochDay(text) : remembered(text)) : remembered;
  const timeOf = remembering(timeOfDay);
  return (text) => {
    const split = timeStart(text);
    if (split >= 0 && !isGap(text.charCodeAt(split - 1))) return null;
    const epochDay = dayOf(split < 0 ? text : text.slice(0, split - 1).trimEnd());
    if (epochDay === null) return null;
    if (split < 0) return { epochDay, timeMs: null, offsetMs: null };
    const time = timeOf(text.slice(split));
    return time === null ? null : { epochDay, timeMs: time.timeMs, offsetMs: time.offsetMs };
  };
}

/** Where the hours begin, or -1 for a date alone. */
function timeStart(text: string): number {
  const colon = text.indexOf(':');
  if (colon < 0) return -1;
  const before = text.charCodeAt(colon - 2);
  return before >= 48 && before <= 57 ? colon - 2 : colon - 1;
}

/** A space or a T. */
function isGap(code: number): boolean {
  return code === 32 || code === 84;
}

function timeOfDay(text: string): Omit<Stamp, 'epochDay'> | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
  const timeMs = seconds * 1000 + (match[4] === undefined ? 0 : Number(`0.${match[4]}`) * 1000);
  return { timeMs, offsetMs: match[5] === undefined ? null : offsetOf(match[5]) };
}

function offsetOf(text: string): number {
  if (text === 'Z' || text === 'UTC') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2)) * (text.length > 3 ? 1 : 0);
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function epochStamp(text: string, unitMs: number): Stamp | null {
  if (!EPOCH_NUMBER.test(text)) return null;
  const epochMs = Number(text) * unitMs;
  const epochDay = Math.floor(epochMs / MS_PER_DAY);
  return { epochDay, timeMs: epochMs - epochDay * MS_PER_DAY, offsetMs: 0 };
}

/** Whether a cell may be of that format at all: an epoch number is taken for one unasked only where its length leaves no doubt. */
export function mayBe(text: string, format: DateFormat): boolean {
  return format === 'epoch-s' || format === 'epoch-ms' ? EPOCH_SHAPE[format].test(text) : true;
}
