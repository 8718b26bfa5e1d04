import { decimal, invariant, parseLocalDate, sumDecimals, ZERO, type Decimal } from '@trii/kernel';
import { relieveLots, type Lot, type LotOrder } from '@trii/quant';
import type { Sql } from '../platform/index.ts';

/** What one ledger transaction did to all that is held of an instrument, reserved or not. */
export interface LotMovement {
  readonly instrumentId: string;
  readonly date: string;
  readonly quantity: Decimal;
  /** Signed change of the cost at average: of what came in, what it cost. */
  readonly cost: Decimal;
}

export interface ReplayedLots {
  /** Oldest first. */
  readonly lots: readonly Lot[];
  readonly quantity: Decimal;
  readonly openCost: Decimal;
  readonly relievedCost: Decimal;
  readonly purchasedCost: Decimal;
}

/**
 * Follows the lots of one instrument through the ledger. What comes in is a lot at what it cost; what leaves takes lots in that order. No cost is lost:
 * what the lots left cost and what left cost together what was ever paid.
 */
export function replayLots(movements: readonly Omit<LotMovement, 'instrumentId'>[], order: LotOrder): ReplayedLots {
  let lots: readonly Lot[] = [];
  let [relievedCost, purchasedCost] = [ZERO, ZERO];
  for (const { date, quantity, cost } of movements) {
    if (quantity.isNegative()) {
      const relief = relieveLots(lots, quantity.negated(), { order });
      lots = relief.remaining;
      relievedCost = relievedCost.plus(relief.costRemoved);
    } else {
      lots = [...lots, { openedOn: parseLocalDate(date), quantity, cost }];
      purchasedCost = purchasedCost.plus(cost);
    }
  }
  const openCost = sumDecimals(lots.map((lot) => lot.cost));
  invariant(openCost.plus(relievedCost).equals(purchasedCost), 'no cost is lost between the lots');
  return { lots, quantity: sumDecimals(lots.map((lot) => lot.quantity)), openCost, relievedCost, purchasedCost };
}

interface Row {
  readonly instrument_id: string;
  readonly date: string;
  readonly quantity: string;
  readonly cost: string;
}

/**
 * Oldest first. What was taken back, and what took it back, is left out: neither leaves a trace. Reservations change nothing of what is held.
 * @returns undefined when there are more than `max`
 */
export async function readLotMovements(
  sql: Sql,
  portfolioId: string,
  { instrumentIds, max }: { readonly instrumentIds: readonly string[]; readonly max: number },
): Promise<LotMovement[] | undefined> {
  const rows = await sql<Row>`
    SELECT l.instrument_id, min(l.effective_date) AS date, sum(l.amount) AS quantity, COALESCE(sum(l.cost_basis), 0) AS cost
    FROM postings l
    WHERE l.portfolio_id = ${portfolioId} AND l.instrument_id = ANY(${instrumentIds}::uuid[]) AND l.account IN ('holding', 'reserved')
      AND l.reverses_transaction_id IS NULL AND NOT EXISTS (SELECT FROM postings r WHERE r.reverses_transaction_id = l.transaction_id)
    GROUP BY l.transaction_id, l.instrument_id HAVING sum(l.amount) <> 0
    ORDER BY l.transaction_id LIMIT ${max + 1}`;
  if (rows.length > max) return undefined;
  return rows.map((row) => ({ instrumentId: row.instrument_id, date: row.date, quantity: decimal(row.quantity), cost: decimal(row.cost) }));
}
