import type { TradingCalendar } from '@trii/kernel';
import type { BarColumns } from './bar-columns.ts';
import type { PeriodRule } from './bar-periods.ts';
import { barFault, storableNumber } from './bar-rules.ts';
import type { Bar, BarSeries } from './bar.ts';
import { fault } from './reject-reasons.ts';
import type { Fault } from './reject-reasons.ts';

/** The instrument of a line, with the calendar that its sessions follow. */
export interface LineInstrument {
  readonly id: string;
  readonly calendar: TradingCalendar | null;
}

export interface BarReaderOptions {
  readonly columns: BarColumns;
  readonly series: BarSeries;
  readonly decimalComma: boolean;
  readonly readDate: (text: string) => number | Fault;
  readonly periodOf: PeriodRule;
}

/** A function from the fields of a line to its bar, or to the first thing that is wrong with it. */
export function barReader(options: BarReaderOptions): (fields: readonly string[], instrument: LineInstrument) => Bar | Fault {
  const { columns, readDate, periodOf } = options;
  const volumeNeeded = options.series === 'market_data';
  const number = options.decimalComma ? commaNumber : pointNumber;
  const valueOf = (fields: readonly string[], column: number | null): string | null | Fault =>
    column === null ? null : number(fields[column] ?? '');

  return (fields, instrument) => {
    const read = dateOf(fields[columns.date] ?? '', readDate);
    if (typeof read === 'object') return read;
    const period = periodOf(read, instrument.calendar);
    if (typeof period === 'object') return period;
    const open = valueOf(fields, columns.open);
    const high = valueOf(fields, columns.high);
    const low = valueOf(fields, columns.low);
    const close = valueOf(fields, columns.close);
    const volume = valueOf(fields, columns.volume);
    if (isFaulty(open)) return named('open', open);
    if (isFaulty(high)) return named('high', high);
    if (isFaulty(low)) return named('low', low);
    if (isFaulty(close)) return named('close', close);
    if (isFaulty(volume)) return named('volume', volume);
    if (close === null) return fault('missing_value', 'close');
    if (volumeNeeded && (volume === null || open === null)) return fault('missing_value', volume === null ? 'volume' : 'open');
    const bar = { instrumentId: instrument.id, period, open, high, low, close, volume };
    return barFault(bar) ?? bar;
  };
}

function dateOf(cell: string, readDate: (text: string) => number | Fault): number | Fault {
  const text = cell.trim();
  return text === '' ? fault('missing_value', 'date') : readDate(text);
}

function isFaulty(value: string | null | Fault): value is Fault {
  return typeof value === 'object' && value !== null;
}

function named(role: string, { reason, detail }: Fault): Fault {
  return { reason, detail: `${role} ${detail}` };
}

/** An empty cell is "not known". */
function pointNumber(cell: string): string | null | Fault {
  const text = cell.trim();
  return text === '' ? null : storableNumber(text);
}

function commaNumber(cell: string): string | null | Fault {
  const text = cell.trim();
  if (text === '') return null;
  return text.includes('.') ? fault('not_a_number', text) : storableNumber(text.replace(',', '.'));
}
