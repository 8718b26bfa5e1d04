import { notifications } from '@trii/contract';
import { decimal, Money, newId } from '@trii/kernel';
import { handler } from '../platform/index.ts';
import { accrualPosted } from './texts.ts';

interface Row {
  readonly user_id: string;
  readonly portfolio_id: string;
  readonly transaction_id: string;
  readonly kind: 'INTEREST' | 'ADVISORY_FEE';
  readonly currency_code: string;
  readonly posted: string;
  readonly language: string | null;
}

/** Runs once for each page of postings: the delivery is done in this very transaction. */
export const tellAccrualsHandler = handler(notifications.tellAccruals, async (ctx, { transactionIds }) => {
  const rows = await ctx.sql<Row>`
    SELECT a.user_id, a.portfolio_id, a.transaction_id, a.kind, a.currency_code, a.posted, p.preferred_language AS language
    FROM cash_accruals a LEFT JOIN user_preferences p ON p.user_id = a.user_id
    WHERE a.transaction_id = ANY(${transactionIds}::uuid[]) ORDER BY a.portfolio_id, a.kind, a.currency_code`;
  const told = rows.map((row) => {
    const amount = decimal(row.posted);
    const happened = row.kind === 'INTEREST' ? 'interest' : amount.isNegative() ? 'feeReturned' : 'fee';
    const money = Money.of(amount.abs(), row.currency_code);
    return {
      row,
      text: accrualPosted[happened][row.language === 'en' ? 'en' : 'es'](`${money.toFixedString({ rounding: 'down' })} ${money.currency}`),
    };
  });
  const metadata = told.map(({ row }) => JSON.stringify({ portfolioId: row.portfolio_id, transactionId: row.transaction_id }));
  await ctx.sql`
    INSERT INTO notifications (id, user_id, type, title, message, metadata, priority, created_at)
    SELECT n.id, n.user_id, 'CASH', n.title, n.message, n.metadata::jsonb, 'LOW', ${ctx.clock.now()}
    FROM unnest(${told.map(() => newId())}::uuid[], ${told.map(({ row }) => row.user_id)}::uuid[], ${told.map(({ text }) => text.title)}::text[],
      ${told.map(({ text }) => text.message)}::text[], ${metadata}::text[]) AS n (id, user_id, title, message, metadata)`;
  ctx.note({ newValues: { notifications: told.length } });
  return { notifications: told.length };
});
