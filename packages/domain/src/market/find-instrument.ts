import type { TransactionHost } from '../platform/index.ts';
import type { FindInstrument } from './ports.ts';

/** Looks symbols up as the worker does: reference data, which every role may read. */
export function instrumentFinder(transactions: TransactionHost): FindInstrument {
  return async (symbol) => {
    const rows = await transactions.read(
      { role: 'worker_role', userId: null },
      (sql) =>
        sql<{
          id: string;
          symbol: string;
          exchange_code: string | null;
        }>`SELECT id, symbol, exchange_code FROM instruments WHERE id = instrument_named(${symbol})`,
    );
    const [row] = rows;
    return row === undefined ? null : { id: row.id, symbol: row.symbol, exchangeCode: row.exchange_code };
  };
}
