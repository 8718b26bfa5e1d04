import { portfolio, type OutputOf } from '@trii/contract';
import { decimal, toDecimalString } from '@trii/kernel';
import { handler } from '../../platform/index.ts';
import { requirePortfolio } from '../read-ledger.ts';

type Item = OutputOf<typeof portfolio.actions>['items'][number];
type Row = Item & { readonly quantity: string | null };

/** What actions did to the portfolio. */
export const portfolioActionsHandler = handler(portfolio.actions, async ({ sql }, { portfolioId, limit }) => {
  const rows = await sql<Row>`
    SELECT p.action_id AS "actionId", i.symbol, a.kind, a.ex_date AS "exDate", a.effective_date AS "effectiveDate", p.status, p.quantity,
      p.transaction_id AS "transactionId", p.reason
    FROM portfolio_actions p JOIN corporate_actions a ON a.id = p.action_id JOIN instruments i ON i.id = a.instrument_id
    WHERE p.portfolio_id = ${portfolioId} ORDER BY a.effective_date DESC, a.id DESC LIMIT ${limit}`;
  if (rows.length === 0) await requirePortfolio(sql, portfolioId);
  return { items: rows.map((row) => ({ ...row, quantity: row.quantity === null ? null : toDecimalString(decimal(row.quantity)) })) };
});
