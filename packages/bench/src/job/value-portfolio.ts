import { command, event, fields, system } from '@trii/contract';
import { handler } from '@trii/domain';
import { job } from '@trii/jobs';
import { invariant } from '@trii/kernel';
import { z } from 'zod';

/** What a portfolio is made worth, in the smallest job that still is one: an event, a row locked, a row written. */
export const PricesChanged = event('bench.PricesChanged', { aggregateType: 'PORTFOLIO', payload: z.object({ portfolioId: fields.Id }) });

const valuePortfolio = command('bench.valuePortfolio', {
  summary: 'Write what a portfolio without positions is worth.',
  input: z.strictObject({ portfolioId: fields.Id }),
  output: z.object({ totalValue: fields.Decimal }),
  access: system,
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  example: { portfolioId: '00000000-0000-7000-8000-000000000001' },
});

const valuePortfolioHandler = handler(valuePortfolio, async ({ sql, note }, { portfolioId }) => {
  const [row] = await sql<{ cash: string }>`
    SELECT cash_balance + reserved_cash AS cash FROM portfolios WHERE id = ${portfolioId} FOR UPDATE`;
  invariant(row !== undefined, 'the portfolio is there');
  await sql`UPDATE portfolios SET total_value = ${row.cash}, updated_at = now() WHERE id = ${portfolioId}`;
  note({ newValues: { totalValue: row.cash } });
  return { totalValue: row.cash };
});

export const valuePortfolioJob = job({
  name: 'bench-value-portfolio',
  on: PricesChanged,
  queue: 'dispatch',
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call, payload) => call.run(valuePortfolioHandler, payload),
});
