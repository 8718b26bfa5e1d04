import { open } from 'node:fs/promises';
import { Failure, type PublishedRates, type RateSource } from '@trii/domain';
import { addDays, instant, isLocalDate, seededRandom, type Clock, type LocalDate } from '@trii/kernel';
import { z } from 'zod';

/** The daily file is of 2 KB, the longest history of the bank's of 700: read whole, and nothing longer. */
const BYTES_MAX = 2_000_000;
const ANSWER_MS = 15_000;
/** The bank sets its rates at 14:10 in Frankfurt: by this time in UTC they are set, summer and winter, and not yet published. */
const SET_AT = 'T13:30:00.000Z';

const Published = z.object({
  date: z.string().refine(isLocalDate, 'a date'),
  rates: z
    .array(
      z.object({
        currency: z.string().regex(/^[A-Z]{3}$/, 'three letters'),
        rate: z.string().regex(/^(?=.*[1-9])\d{1,10}(\.\d{1,10})?$/, 'a positive decimal with at most 10 digits after the point'),
      }),
    )
    .min(1)
    .max(200),
});

/** @param named an https address, the absolute path of a file, or `made-up` */
export function rateSourceOf(named: string, clock: Clock): RateSource {
  return named === 'made-up' ? madeUpRates(clock) : euroReferenceRates(named);
}

/**
 * Reference rates of the European Central Bank, one euro in each currency, from its daily XML (eurofxref-daily.xml) or a CSV with a column to a currency
 * (eurofxref.csv, eurofxref-hist.csv): https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates. Of many days the newest.
 */
function euroReferenceRates(location: string): RateSource {
  return {
    async latest() {
      const text = await (location.startsWith('https://') ? download(location) : readWhole(location));
      return publishedOf(location, text);
    },
  };
}

export function publishedOf(location: string, text: string): PublishedRates {
  const found = text.trimStart().startsWith('<') ? inXml(text) : inCsv(text);
  const parsed = Published.safeParse(found);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 3).map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Failure('RATE_SOURCE_UNREADABLE', { location, problems });
  }
  const { date, rates } = parsed.data;
  return {
    source: 'European Central Bank',
    asOf: `${date}${SET_AT}`,
    rates: rates.map(({ currency, rate }) => ({ from: 'EUR', to: currency, rate })),
  };
}

interface Found {
  readonly date: string | undefined;
  readonly rates: readonly { readonly currency: string; readonly rate: string }[];
}

/** Of this one document, whose elements of a day and of its rates are called Cube, the newest day first: a reader of XML would read more than it has. */
function inXml(text: string): Found {
  const [, day = ''] = text.split(/<Cube\s+time=/, 2);
  const date = /^["']([^"']*)["']/.exec(day)?.[1];
  const rates = [...day.matchAll(/<Cube\s+currency=["']([^"']*)["']\s+rate=["']([^"']*)["']/g)];
  return { date, rates: rates.map(([, currency = '', rate = '']) => ({ currency, rate })) };
}

/** Its first line after the names is the newest day; `N/A` is no rate. */
function inCsv(text: string): Found {
  const [names = [], day = []] = text.split(/\r?\n/, 2).map((line) => line.split(',').map((field) => field.trim()));
  const rates = names.flatMap((currency, column) => {
    const rate = day[column] ?? '';
    return column === 0 || currency === '' || rate === '' || rate === 'N/A' ? [] : [{ currency, rate }];
  });
  return { date: isoDate(day[0] ?? ''), rates };
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** `2018-05-25` of the history, `25 May 2018` of the daily file. */
function isoDate(text: string): string | undefined {
  const [, day = '', month = '', year = ''] = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(text) ?? [];
  if (year === '') return isLocalDate(text) ? text : undefined;
  return `${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

async function download(location: string): Promise<string> {
  const unavailable = (why: string): never => {
    throw new Failure('UNAVAILABLE', { location, why });
  };
  try {
    const answer = await fetch(location, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) });
    if (!answer.ok || answer.body === null) return unavailable(`it answered ${answer.status}`);
    return await textOf(location, answer.body);
  } catch (error) {
    if (error instanceof Failure) throw error;
    return unavailable(error instanceof Error ? error.message : String(error));
  }
}

async function readWhole(location: string): Promise<string> {
  try {
    await using file = await open(location);
    return await textOf(location, file.createReadStream());
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('UNAVAILABLE', { location, why: error instanceof Error ? error.message : String(error) });
  }
}

async function textOf(location: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > BYTES_MAX) throw new Failure('RATE_SOURCE_UNREADABLE', { location, problems: [`longer than ${BYTES_MAX} bytes`] });
    read.push(piece);
  }
  return Buffer.concat(read).toString('utf8');
}

/** What one dollar was about worth in 2018. */
const ABOUT: Readonly<Record<string, number>> = {
  EUR: 0.85,
  GBP: 0.75,
  JPY: 110,
  CHF: 0.98,
  COP: 2_880,
  MXN: 19.5,
  PEN: 3.27,
  CLP: 622,
  BRL: 3.66,
};

/** Rates that nobody quotes, for development: within a percent of what once was, the same for everyone on the same day. */
function madeUpRates(clock: Clock): RateSource {
  return {
    latest() {
      const day = lastSet(clock);
      const random = seededRandom(Number(day.replaceAll('-', '')));
      const rates = Object.entries(ABOUT).map(([to, about]) => ({
        from: 'USD',
        to,
        rate: (about * (0.99 + random.float() / 50)).toFixed(6),
      }));
      return Promise.resolve({ source: 'made up', asOf: `${day}${SET_AT}`, rates });
    },
  };
}

/** The newest day whose rates are set. */
function lastSet(clock: Clock): LocalDate {
  const today = clock.today('UTC');
  return clock.now() < instant(`${today}${SET_AT}`) ? addDays(today, -1) : today;
}
