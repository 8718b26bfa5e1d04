import { type InputOf, market } from '@trii/contract';
import type { BarFile, RawRow } from '@trii/domain';
import { CodedError, instant, isLocalDate } from '@trii/kernel';

export type EnteredRate = InputOf<typeof market.setRates>['rates'][number];

/** More than four centuries of daily rates of a pair: a file of more is cut in parts. */
const RATES_MAX = 200_000;
const FAULTS_SHOWN = 10;

/** What the columns may be called, in any case; the first that is there is read. */
const COLUMNS = {
  from: ['from', 'base', 'base_currency'],
  to: ['to', 'quote', 'quote_currency'],
  rate: ['rate', 'value', 'close'],
  asOf: ['as_of', 'asof', 'time', 'timestamp', 'date'],
} as const;

type Column = keyof typeof COLUMNS;

/**
 * The rates of a CSV whose header names pair, rate and time. A date alone means its first moment in UTC, so that the rate counts for that day's session.
 * All or nothing: one line that is no rate and the file is not read.
 * @throws CodedError RATE_COLUMNS_MISSING, RATE_LINES_BROKEN, RATE_FILE_TOO_LONG
 */
export async function readRateFile(file: BarFile): Promise<EnteredRate[]> {
  const at = columnsOf(file.header);
  const rates: EnteredRate[] = [];
  const faults: string[] = [];
  for await (const batch of file.batches) {
    for (const row of batch) {
      const rate = rateOf(row, at);
      if (typeof rate === 'string') faults.push(`line ${row.line}: ${rate}`);
      else rates.push(rate);
    }
    if (rates.length > RATES_MAX) throw new CodedError('RATE_FILE_TOO_LONG', `a file has at most ${RATES_MAX} rates: cut it in parts`);
    if (faults.length >= FAULTS_SHOWN) break;
  }
  if (faults.length > 0)
    throw new CodedError('RATE_LINES_BROKEN', `nothing was imported: ${faults.slice(0, FAULTS_SHOWN).join('; ')}`, {
      details: { faults: faults.slice(0, FAULTS_SHOWN) },
    });
  return rates;
}

function columnsOf(header: readonly string[]): Record<Column, number> {
  const names = header.map((name) => name.trim().toLowerCase());
  const place = (column: Column): number => names.findIndex((name) => COLUMNS[column].some((known) => known === name));
  const at = { from: place('from'), to: place('to'), rate: place('rate'), asOf: place('asOf') };
  const missing = (Object.keys(at) as Column[]).filter((column) => at[column] < 0);
  if (missing.length === 0) return at;
  const wanted = missing.map((column) => COLUMNS[column].join(' or ')).join('; ');
  throw new CodedError('RATE_COLUMNS_MISSING', `the header "${header.join(',').slice(0, 120)}" lacks: ${wanted}`);
}

/** The rate of a line, or what is wrong with it. */
function rateOf({ fields, fault }: RawRow, at: Record<Column, number>): EnteredRate | string {
  if (fault !== null) return fault.reason;
  const text = (column: Column): string => fields[at[column]]?.trim() ?? '';
  const asOf = timeOf(text('asOf'));
  if (asOf === undefined) return `"${text('asOf').slice(0, 40)}" is neither a date nor a time with its offset`;
  const parsed = market.EnteredRate.safeParse({ from: text('from').toUpperCase(), to: text('to').toUpperCase(), rate: text('rate'), asOf });
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map(({ path, message }) => `${path.join('.')} must be ${message}`).join(', ');
}

function timeOf(text: string): string | undefined {
  if (isLocalDate(text)) return `${text}T00:00:00.000Z`;
  try {
    return instant(text).toISOString();
  } catch {
    return undefined;
  }
}
