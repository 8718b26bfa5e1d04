import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseLocalDate, type Random, seededRandom, tradingCalendar } from '@trii/kernel';

/** A series as the two sides of the comparison read it: the same bars in the same order. */
export interface BarFiles {
  readonly csv: string;
  /** The bars as PostgreSQL's own COPY text for the series' table, with nothing left to do. */
  readonly copyText: string;
  readonly rows: number;
}

export interface BarFilesWish {
  readonly folder: string;
  readonly shape: SeriesShape;
  readonly instruments: readonly { readonly id: string; readonly symbol: string }[];
  /** At most this many bars to an instrument. */
  readonly perInstrument: number;
}

/** How the periods of a series are written. */
export interface SeriesShape {
  readonly name: string;
  readonly periods: () => readonly Period[];
  /** Columns beyond the bar's own, as COPY text. */
  readonly tail: string;
}

interface Period {
  readonly csv: string;
  readonly copyText: string;
}

/** Name of the file, which daily bars keep as their source. */
const DAILY_CSV = 'daily.csv';

/** Twenty years of sessions of the New York Stock Exchange. */
export const dailyShape: SeriesShape = {
  name: 'daily',
  periods: () =>
    tradingCalendar('XNYS')
      .sessions(parseLocalDate('2005-01-03'), parseLocalDate('2024-12-31'))
      .map((date) => ({ csv: date, copyText: date })),
  tail: `\t${DAILY_CSV}`,
};

const SESSION_START_MINUTE = 14 * 60 + 30;
const SESSION_MINUTES = 390;
export const intradayDays = { from: parseLocalDate('2024-01-02'), to: parseLocalDate('2024-02-29') };

/** Minutes of two months of sessions. */
export const intradayShape: SeriesShape = {
  name: 'intraday',
  periods: () => tradingCalendar('XNYS').sessions(intradayDays.from, intradayDays.to).flatMap(minutesOf),
  tail: '',
};

function minutesOf(date: string): Period[] {
  return Array.from({ length: SESSION_MINUTES }, (_, index) => {
    const minute = SESSION_START_MINUTE + index;
    const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
    return { csv: `${date}T${time}:00Z`, copyText: `${date} ${time}+00` };
  });
}

const SEED = 20_261_123;
const BLOCK_LINES = 4_000;

/** Writes both files: instrument by instrument, each a random walk in cents. */
export function writeBarFiles({ folder, shape, instruments, perInstrument }: BarFilesWish): BarFiles {
  const csv = join(folder, `${shape.name}.csv`);
  const copyText = join(folder, `${shape.name}.copy`);
  const random = seededRandom(SEED);
  const periods = shape.periods().slice(0, perInstrument);
  const [toCsv, toCopyText] = [blockWriter(csv), blockWriter(copyText)];
  toCsv.line('Symbol,Date,Open,High,Low,Close,Volume');
  for (const { id, symbol } of instruments) {
    const nextBar = walk(random);
    for (const period of periods) {
      const values = nextBar();
      toCsv.line(`${symbol},${period.csv},${values.join(',')}`);
      toCopyText.line(`${id}\t${period.copyText}\t${values.join('\t')}${shape.tail}`);
    }
  }
  toCsv.close();
  toCopyText.close();
  return { csv, copyText, rows: instruments.length * periods.length };
}

/** Open, high, low, close and volume of one bar after the other. */
function walk(random: Random): () => readonly string[] {
  let close = random.integer(1_000, 50_000);
  const cents = (value: number): string => `${Math.floor(value / 100)}.${String(value % 100).padStart(2, '0')}`;
  return () => {
    const open = Math.max(100, close + random.integer(-50, 50));
    close = Math.max(100, open + random.integer(-200, 200));
    const high = Math.max(open, close) + random.integer(0, 90);
    const low = Math.min(open, close) - random.integer(0, 90);
    return [cents(open), cents(high), cents(low), cents(close), String(random.integer(1_000, 5_000_000))];
  };
}

function blockWriter(path: string) {
  const descriptor = openSync(path, 'w');
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) writeSync(descriptor, `${lines.join('\n')}\n`);
    lines = [];
  };
  return {
    line(text: string): void {
      lines.push(text);
      if (lines.length >= BLOCK_LINES) flush();
    },
    close(): void {
      flush();
      closeSync(descriptor);
    },
  };
}
