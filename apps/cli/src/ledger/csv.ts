import type { LedgerFormat } from './journal.ts';

const columns = [
  'transaction_id',
  'line',
  'date',
  'recorded_at',
  'kind',
  'account',
  'asset',
  'instrument_id',
  'amount',
  'cost_basis',
  'realized_pnl',
  'trade_id',
  'reverses',
  'memo',
] as const;

/** One record per posting, with the names of the table's columns. Source: RFC 4180. */
export const csvFormat: LedgerFormat = {
  head: record(columns),
  entry: (entry) =>
    entry.lines
      .map((line, index) =>
        record([
          entry.transactionId,
          String(index + 1),
          entry.date,
          entry.recordedAt,
          entry.kind,
          line.account,
          line.asset,
          line.instrumentId,
          line.amount,
          line.costBasis,
          line.realizedPnl,
          entry.tradeId,
          entry.reverses,
          entry.memo,
        ]),
      )
      .join(''),
  end: () => '',
};

function record(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => field(cell ?? '')).join(',')}\r\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
