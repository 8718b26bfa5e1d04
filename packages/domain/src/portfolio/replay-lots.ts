import { decimal, invariant, parseLocalDate, roundDecimal, sumDecimals, ZERO, type Decimal } from '@trii/kernel';
import { COST_RULE, relieveLots, splitLots, type Lot, type LotOrder } from '@trii/quant';
import type { Sql } from '../platform/index.ts';

/** What one ledger transaction did to all that is held of an instrument, reserved or not. */
export interface LotMovement {
  readonly instrumentId: string;
  readonly date: string;
  readonly quantity: Decimal;
  /** Signed change of the cost at average: of what came in, what it cost. */
  readonly cost: Decimal;
  /** Units became more or fewer, whoever bought them when: every lot's by the same ratio. */
  readonly isSplit?: boolean;
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
  for (const { date, quantity, cost, isSplit } of movements) {
    if (isSplit === true) {
      lots = split(lots, quantity);
    } else if (quantity.isZero()) {
      // Cost that went with what was spun off.
      lots = withoutCost(lots, cost.negated());
      relievedCost = relievedCost.minus(cost);
    } else if (quantity.isNegative()) {
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

/** Whole ratio or not, the lots add up to what the position became. A lot that is too small for a unit's smallest part leaves its cost to the next. */
function split(lots: readonly Lot[], change: Decimal): Lot[] {
  const total = sumDecimals(lots.map(({ quantity }) => quantity)).plus(change);
  const left: Lot[] = [];
  let carried = ZERO;
  for (const lot of splitLots(lots, { from: 1, to: 1 }, total)) {
    const cost = lot.cost.plus(carried);
    carried = lot.quantity.isZero() ? cost : ZERO;
    if (!lot.quantity.isZero()) left.push({ ...lot, cost });
  }
  return left;
}

/** From every lot in proportion to its cost; what was rounded falls to the last. */
function withoutCost(lots: readonly Lot[], cost: Decimal): Lot[] {
  let [total, leaving] = [sumDecimals(lots.map((lot) => lot.cost)), cost];
  return lots.map((lot) => {
    const part = total.isZero() ? ZERO : lot.cost.equals(total) ? leaving : roundDecimal(leaving.times(lot.cost).div(total), COST_RULE);
    total = total.minus(lot.cost);
    leaving = leaving.minus(part);
    return { ...lot, cost: lot.cost.minus(part) };
  });
}

interface Row {
  readonly instrument_id: string;
  readonly date: string;
  readonly quantity: string;
  readonly cost: string;
  readonly is_split: boolean;
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
    SELECT l.instrument_id, min(l.effective_date) AS date, sum(l.amount) AS quantity, COALESCE(sum(l.cost_basis), 0) AS cost,
      l.kind = 'SPLIT' AND l.cost_basis IS NULL AS is_split
    FROM postings l
    WHERE l.portfolio_id = ${portfolioId} AND l.instrument_id = ANY(${instrumentIds}::uuid[]) AND l.account IN ('holding', 'reserved')
      AND l.reverses_transaction_id IS NULL AND NOT EXISTS (SELECT FROM postings r WHERE r.reverses_transaction_id = l.transaction_id)
    GROUP BY l.transaction_id, l.instrument_id, is_split, l.kind = 'JOURNAL' AND l.realized_pnl IS NULL
    HAVING sum(l.amount) <> 0 OR COALESCE(sum(l.cost_basis), 0) <> 0
    ORDER BY l.transaction_id, is_split DESC, sum(l.amount) DESC LIMIT ${max + 1}`;
  if (rows.length > max) return undefined;
  return rows.map((row) => ({
    instrumentId: row.instrument_id,
    date: row.date,
    quantity: decimal(row.quantity),
    cost: decimal(row.cost),
    isSplit: row.is_split,
  }));
}
