import { portfolio } from '@trii/contract';
import { decimal, toDecimalString, ZERO } from '@trii/kernel';
import { averageCost, sell, type CostedPosition } from '@trii/quant';
import { handler, type Sql } from '../platform/index.ts';
import { noteLaterActions, settleActions } from './actions/settle-actions.ts';
import { requireRoom } from './amount-rules.ts';
import { arrivalPostings, departurePostings } from './ledger-transaction.ts';
import { postTransfer } from './post-ledger.ts';
import { startTransfer } from './start-transfer.ts';

interface Row {
  readonly portfolio_id: string;
  readonly quantity: string;
  readonly reserved_quantity: string;
  readonly cost_basis: string;
}

/** Units leave one portfolio at their average cost and come into the other at the same, by one ledger transaction. */
export const transferHoldingHandler = handler(portfolio.transferHolding, async (ctx, input) => {
  const { from, to, date } = await startTransfer(ctx, input);
  const [instrument] = await ctx.sql<{ id: string | null }>`SELECT instrument_named(${input.symbol}) AS id`;
  const instrumentId = instrument?.id ?? null;
  if (instrumentId === null) return ctx.refuse('NOT_FOUND', { symbol: input.symbol });
  for (const portfolio of [from, to]) await settleActions(ctx, { portfolioId: portfolio.id, instrumentId, date });
  const rows = await readPositions(ctx.sql, instrumentId, [from.id, to.id]);
  const quantity = decimal(input.quantity);
  const available = decimal(rows.find((row) => row.portfolio_id === from.id)?.quantity ?? 0);
  if (quantity.greaterThan(available)) {
    return ctx.refuse('INSUFFICIENT_QUANTITY', { quantity: toDecimalString(quantity), available: toDecimalString(available) });
  }
  // A sale for nothing: of it, only the cost that leaves is used.
  const { costRemoved: cost } = sell(costedPosition(rows, from.id), { quantity, amount: 0 });
  const there = costedPosition(rows, to.id);
  const after = { quantity: there.quantity.plus(quantity), cost: there.cost.plus(cost) };
  requireRoom(ctx, 'quantity', { 'the invested amount': to.investedAmount.plus(cost), 'the average cost': averageCost(after) });
  const holding = { instrumentId, quantity, cost };
  const transactionId = await postTransfer(ctx, {
    userId: from.userId,
    effectiveDate: date,
    memo: input.memo,
    legs: [
      { portfolioId: from.id, postings: departurePostings(holding) },
      { portfolioId: to.id, postings: arrivalPostings(holding) },
    ],
  });
  await noteLaterActions(ctx, { portfolioId: to.id, userId: to.userId, instrumentId, date });
  const view = {
    transactionId,
    fromPortfolioId: from.id,
    toPortfolioId: to.id,
    symbol: input.symbol,
    quantity: toDecimalString(quantity),
    cost: toDecimalString(cost),
    date,
  };
  ctx.note({ newValues: view });
  return view;
});

/** One row for each of the portfolios, once the instrument exists. Under both locks nobody else changes them. */
const readPositions = (sql: Sql, instrumentId: string, portfolioIds: readonly string[]): Promise<Row[]> =>
  sql<Row>`
    SELECT p.id AS portfolio_id, COALESCE(q.quantity, 0) AS quantity, COALESCE(q.reserved_quantity, 0) AS reserved_quantity,
      COALESCE(q.cost_basis, 0) AS cost_basis
    FROM instruments i CROSS JOIN portfolios p LEFT JOIN positions q ON q.instrument_id = i.id AND q.portfolio_id = p.id
    WHERE i.id = ${instrumentId} AND p.id = ANY(${portfolioIds}::uuid[])`;

/** All that is held there, reserved or not: average cost spreads over everything. */
function costedPosition(rows: readonly Row[], portfolioId: string): CostedPosition {
  const row = rows.find((each) => each.portfolio_id === portfolioId);
  if (row === undefined) return { quantity: ZERO, cost: ZERO };
  return { quantity: decimal(row.quantity).plus(decimal(row.reserved_quantity)), cost: decimal(row.cost_basis) };
}
