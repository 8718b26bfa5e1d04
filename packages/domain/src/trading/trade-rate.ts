import type { trading } from '@trii/contract';
import type { CurrencyCode, LocalDate } from '@trii/kernel';
import { rateMoment, readRateBook, requireRate, type ExchangeRate } from '../market/index.ts';
import type { CommandContext } from '../platform/index.ts';
import type { LockedPortfolio } from '../portfolio/index.ts';

type Context = CommandContext<typeof trading.recordTrade>;

interface Dealt {
  readonly portfolio: LockedPortfolio;
  readonly currency: CurrencyCode;
  readonly date: LocalDate;
}

/** Of another currency than the portfolio's own, what its cost and gain are booked by: the rate of the session's close. Too old it books nothing. */
export async function tradeRate(ctx: Context, { portfolio, currency: from, date }: Dealt): Promise<ExchangeRate | null> {
  const { baseCurrency: to } = portfolio;
  if (from === to) return null;
  const book = await readRateBook(ctx.sql, { currencies: [from], to, at: rateMoment(date, ctx.clock) });
  return requireRate(ctx, book, { from, to, ageHoursMax: book.policy.exchangeAgeHoursMax });
}
