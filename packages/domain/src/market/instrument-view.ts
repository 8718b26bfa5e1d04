import type { market, OutputOf } from '@trii/contract';

type Instrument = OutputOf<typeof market.listInstrument>;

export interface InstrumentRow {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly type: Instrument['type'];
  readonly exchange_code: string | null;
  readonly currency_code: string;
  readonly is_tradeable: boolean;
}

export function instrumentView(row: InstrumentRow): Instrument {
  return {
    id: row.id,
    symbol: row.symbol,
    name: row.name,
    type: row.type,
    exchangeCode: row.exchange_code,
    currencyCode: row.currency_code,
    isTradeable: row.is_tradeable,
  };
}
