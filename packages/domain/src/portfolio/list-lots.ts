import { portfolio } from '@trii/contract';
import { decimal, invariant, toDecimalString } from '@trii/kernel';
import { Failure, handler } from '../platform/index.ts';
import { readLotMovements, replayLots } from './replay-lots.ts';

/** Every sale looks at all lots there are: with more entries an answer would take seconds. */
const MOVEMENTS_MAX = 5_000;

/** The lots of one instrument. What they add up to is what the position says, else the ledger is broken and nobody is told a figure. */
export const lotsHandler = handler(portfolio.lots, async ({ sql }, { portfolioId, instrumentId, symbol, order }) => {
  const [position] = await sql<{ instrument_id: string; symbol: string; quantity: string }>`
    SELECT i.id AS instrument_id, i.symbol, COALESCE(q.quantity + q.reserved_quantity, 0) AS quantity
    FROM portfolios p CROSS JOIN instruments i LEFT JOIN positions q ON q.portfolio_id = p.id AND q.instrument_id = i.id
    WHERE p.id = ${portfolioId} AND (i.id = ${instrumentId ?? null}::uuid OR i.symbol = ${symbol ?? null})`;
  if (position === undefined) throw new Failure('NOT_FOUND', { portfolioId, instrumentId, symbol });
  const movements = await readLotMovements(sql, portfolioId, { instrumentIds: [position.instrument_id], max: MOVEMENTS_MAX });
  if (movements === undefined) throw new Failure('TOO_MANY_ENTRIES', { symbol: position.symbol, max: MOVEMENTS_MAX });
  const replayed = replayLots(movements, order);
  invariant(replayed.quantity.equals(decimal(position.quantity)), 'the lots add up to the position');
  return {
    portfolioId,
    instrumentId: position.instrument_id,
    symbol: position.symbol,
    order,
    quantity: toDecimalString(replayed.quantity),
    purchasedCost: toDecimalString(replayed.purchasedCost),
    openCost: toDecimalString(replayed.openCost),
    relievedCost: toDecimalString(replayed.relievedCost),
    lots: replayed.lots.map(({ openedOn, quantity, cost }) => ({
      openedOn,
      quantity: toDecimalString(quantity),
      cost: toDecimalString(cost),
    })),
  };
});
