import { portfolio, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { Failure, handler, valuationDate, type Sql } from '../platform/index.ts';
import { readSummaryRows } from './read-summary-rows.ts';
import { readLotMovements, replayLots } from './replay-lots.ts';
import { isHeld, valueStanding } from './value-standing.ts';

type LotsInShort = OutputOf<typeof portfolio.positions>['items'][number]['lots'];

const MOVEMENTS_MAX = 5_000;

/** What is held, valued as the summary does it. */
export const positionsHandler = handler(portfolio.positions, async ({ sql, clock }, { portfolioId }) => {
  const date = await valuationDate(sql, clock);
  const rows = await readSummaryRows(sql, portfolioId, date);
  const [first, ...others] = rows;
  if (first === undefined) throw new Failure('NOT_FOUND', { portfolioId });
  const held = rows.filter(isHeld);
  const { valuation, rates, missingRates } = await valueStanding({ sql, clock }, [first, ...others], date);
  const reserved = new Map(held.map((row) => [row.instrument_id, decimal(row.reserved_quantity)]));
  const lots = await lotsInShort(sql, portfolioId, [...reserved.keys()]);
  const items = valuation.positions.map((position) => {
    const reservedQuantity = reserved.get(position.instrumentId) ?? decimal(0);
    const availableQuantity = toDecimalString(decimal(position.quantity).minus(reservedQuantity));
    return {
      ...position,
      availableQuantity,
      reservedQuantity: toDecimalString(reservedQuantity),
      lots: lots.get(position.instrumentId) ?? null,
    };
  });
  return { valuationDate: date, items, rates, missingRates };
});

async function lotsInShort(sql: Sql, portfolioId: string, instrumentIds: readonly string[]): Promise<Map<string, LotsInShort>> {
  const movements = instrumentIds.length === 0 ? [] : await readLotMovements(sql, portfolioId, { instrumentIds, max: MOVEMENTS_MAX });
  const byInstrument = Map.groupBy(movements ?? [], ({ instrumentId }) => instrumentId);
  return new Map(
    [...byInstrument].map(([instrumentId, own]) => {
      const { lots, openCost } = replayLots(own, 'FIFO');
      const [oldest] = lots;
      return [instrumentId, oldest === undefined ? null : { count: lots.length, oldest: oldest.openedOn, cost: toDecimalString(openCost) }];
    }),
  );
}
