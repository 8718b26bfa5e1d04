import { portfolio } from '@trii/contract';
import { invariant, isCurrencyCode, newId, parseLocalDate, tradingCalendar } from '@trii/kernel';
import { handler, userIdOf, valuationDate } from '../platform/index.ts';
import { refuseField } from './amount-rules.ts';
import { portfolioView, type PortfolioRow } from './portfolio-view.ts';

/** Sessions are known from here on, and with them every date that a portfolio can be valued at. */
const OPENING_MIN = tradingCalendar('XNYS').firstDate;

/** Opens an empty portfolio of the caller, kept in one currency for good. */
export const openHandler = handler(portfolio.open, async (ctx, input) => {
  const { name, description = null, baseCurrency } = input;
  if (!isCurrencyCode(baseCurrency)) return refuseField(ctx, 'baseCurrency', 'an active currency of ISO 4217 such as "USD"');
  const today = await valuationDate(ctx.sql, ctx.clock);
  const openedOn = input.openedOn === undefined ? today : parseLocalDate(input.openedOn);
  if (openedOn > today) return ctx.refuse('DATE_IN_FUTURE', { date: openedOn, valuationDate: today });
  if (openedOn < OPENING_MIN) return refuseField(ctx, 'openedOn', `a date from ${OPENING_MIN} on`);
  const userId = userIdOf(ctx.actor);
  const [row] = await ctx.sql<PortfolioRow>`
    INSERT INTO portfolios (id, user_id, name, description, base_currency, opened_on)
    VALUES (${newId()}, ${userId}, ${name}, ${description}, ${baseCurrency}, ${openedOn})
    RETURNING id, name, description, base_currency, status, opened_on`;
  invariant(row !== undefined, 'an insert returns its row');
  ctx.note({ entityId: row.id, newValues: { baseCurrency, openedOn } });
  ctx.emit(portfolio.PortfolioOpened, { aggregateId: row.id, userId, payload: { portfolioId: row.id } });
  return portfolioView(row);
});
