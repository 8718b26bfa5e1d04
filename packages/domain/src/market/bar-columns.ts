import { CodedError } from '@trii/kernel';
import { seriesOf } from './bar.ts';
import type { Resolution } from './bar.ts';

/** What a column of a bar file can hold. */
export type ColumnRole = 'date' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'symbol';

/** Names that publishers give the columns, compared in lower case with letters and digits only. Adjusted closes are not closes. */
const ALIASES: Readonly<Record<ColumnRole, readonly string[]>> = {
  date: ['date', 'day', 'datetime', 'timestamp', 'time', 'ts', 'tradedate', 'tradingday', 'tradingdate', 'session', 'sessiondate', 'month'],
  open: ['open', 'o', 'openprice', 'openingprice', '1open'],
  high: ['high', 'h', 'highprice', 'max', '2high'],
  low: ['low', 'l', 'lowprice', 'min', '3low'],
  close: ['close', 'c', 'closeprice', 'closingprice', 'last', 'lastprice', 'closelast', 'price', 'settle', '4close'],
  volume: ['volume', 'v', 'vol', 'sharestraded', '5volume'],
  symbol: ['symbol', 'ticker', 'instrument', 'stock'],
};

export const columnRoles = Object.keys(ALIASES) as readonly ColumnRole[];

/** Where each role stands in a line, counted from 0; null is a column the file has not. */
export interface BarColumns {
  readonly date: number;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number;
  readonly volume: number | null;
  readonly symbol: number | null;
  /** Names of the columns that the import does not read. */
  readonly ignored: readonly string[];
}

export interface ColumnRequest {
  readonly header: readonly string[];
  /** Role to the file's own column name; overrides what the header suggests. */
  readonly mapping: Readonly<Partial<Record<ColumnRole, string>>>;
  readonly resolution: Resolution;
}

const ROLES_READ_MONTHLY: readonly ColumnRole[] = ['date', 'close', 'symbol'];

/**
 * Finds the columns by the explicit mapping, else by the usual names. For monthly bars only date, close and symbol are read: the
 * open, high, low and volume of a month do not belong to a session.
 * @throws CodedError COLUMN_NOT_FOUND, COLUMN_AMBIGUOUS or COLUMNS_INCOMPLETE, each naming the header and the option that helps
 */
export function resolveColumns(request: ColumnRequest): BarColumns {
  const { header, resolution } = request;
  const find = (role: ColumnRole): number | null =>
    resolution === '1mo' && !ROLES_READ_MONTHLY.includes(role) ? null : columnOf(role, request);
  const columns = {
    date: required('date', find('date'), header),
    open: find('open'),
    high: find('high'),
    low: find('low'),
    close: required('close', find('close'), header),
    volume: find('volume'),
    symbol: find('symbol'),
  };
  assertDistinct(columns, header);
  assertComplete(columns, request);
  const read = new Set<number | null>(Object.values(columns));
  return { ...columns, ignored: header.filter((_, index) => !read.has(index)) };
}

function columnOf(role: ColumnRole, { header, mapping }: ColumnRequest): number | null {
  const wanted = mapping[role];
  if (wanted !== undefined) return mappedColumn(role, wanted, header);
  const matches = header.flatMap((name, index) => (ALIASES[role].includes(plainName(name)) ? [index] : []));
  if (matches.length > 1) {
    const names = matches.map((index) => `"${header[index] ?? ''}"`).join(', ');
    throw new CodedError('COLUMN_AMBIGUOUS', `several columns look like the ${role}: ${names}; choose one with --map ${role}=NAME`, {
      details: { role, header },
    });
  }
  return matches[0] ?? null;
}

function mappedColumn(role: ColumnRole, wanted: string, header: readonly string[]): number {
  const exact = header.indexOf(wanted);
  if (exact >= 0) return exact;
  const loose = header.flatMap((name, index) => (name.trim().toLowerCase() === wanted.trim().toLowerCase() ? [index] : []));
  const [only] = loose;
  if (only !== undefined && loose.length === 1) return only;
  throw new CodedError('COLUMN_NOT_FOUND', `--map ${role}=${wanted}: the file has no such column; it has ${listed(header)}`, {
    details: { role, wanted, header },
  });
}

function required(role: ColumnRole, index: number | null, header: readonly string[]): number {
  if (index !== null) return index;
  throw new CodedError(
    'COLUMN_NOT_FOUND',
    `no column looks like the ${role}; name it with --map ${role}=NAME. The file's first line must be its header; it reads ${listed(header)}`,
    { details: { role, header } },
  );
}

function assertDistinct(columns: Readonly<Record<ColumnRole, number | null>>, header: readonly string[]): void {
  const taken = new Map<number, string>();
  for (const [role, index] of Object.entries(columns)) {
    if (index === null) continue;
    const other = taken.get(index);
    if (other !== undefined) {
      throw new CodedError('COLUMN_AMBIGUOUS', `column "${header[index] ?? ''}" cannot be both ${other} and ${role}; change --map`, {
        details: { header },
      });
    }
    taken.set(index, role);
  }
}

function assertComplete(columns: Readonly<Record<ColumnRole, number | null>>, { header, resolution }: ColumnRequest): void {
  const missing = (['open', 'high', 'low'] as const).filter((role) => columns[role] === null);
  const needsAll = seriesOf(resolution) === 'market_data';
  if (needsAll && columns.volume === null) throw incomplete(['volume', ...missing], header);
  if (missing.length > 0 && (needsAll || missing.length < 3)) throw incomplete(missing, header);
}

function incomplete(missing: readonly string[], header: readonly string[]): CodedError {
  return new CodedError(
    'COLUMNS_INCOMPLETE',
    `the file has no column for ${missing.join(', ')}: daily bars need open, high and low together or not at all, intraday bars need them and the volume. ` +
      `Name columns with --map ROLE=NAME; the file has ${listed(header)}`,
    { details: { missing, header } },
  );
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** At most twelve names: a header line may be anything. */
function listed(header: readonly string[]): string {
  const names = header.slice(0, 12).map((name) => `"${name.slice(0, 40)}"`);
  return names.join(', ') + (header.length > 12 ? `, and ${header.length - 12} more` : '');
}
