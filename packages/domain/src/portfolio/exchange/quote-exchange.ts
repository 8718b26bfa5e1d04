import { cash, type OutputOf } from '@trii/contract';
import { isCurrencyCode, instant, toDecimalString, type CurrencyCode, type LocalDate, type Money } from '@trii/kernel';
import { exchangeRateView, rateMoment, readRateBook, requireRate, spreadOf, type ExchangeRate } from '../../market/index.ts';
import { Failure, handler, valuationDate, type CommandContext } from '../../platform/index.ts';
import { payableAmount, refuseField } from '../amount-rules.ts';
import { exchangeAmounts, type ExchangeAmounts } from './exchange-amounts.ts';

const HOUR_MS = 60 * 60 * 1000;

type View = OutputOf<typeof cash.quoteExchange>;

export interface ExchangeInput {
  readonly portfolioId: string;
  readonly from: string;
  readonly to: string;
  readonly amount: string;
}

export interface QuoteContext extends Pick<CommandContext, 'sql' | 'clock'> {
  readonly refuse: (code: 'INVALID_INPUT' | 'FX_RATE_MISSING' | 'FX_RATE_STALE', details: Record<string, unknown>) => never;
}

/** An exchange as it would be made now. */
export interface QuotedExchange extends ExchangeAmounts {
  readonly gives: Money;
  readonly to: CurrencyCode;
  /** The business date that it falls on. */
  readonly today: LocalDate;
  readonly rate: ExchangeRate;
  readonly spreadBps: string;
  /** When the rate will be too old. ISO 8601, UTC. */
  readonly validUntil: string;
}

/** Works out an exchange at the newest rate. Refused: no rate or one too old, and an amount that brings less than one smallest unit. */
export async function quoteExchange(ctx: QuoteContext, { from, to, amount }: ExchangeInput): Promise<QuotedExchange> {
  if (!isCurrencyCode(from)) return refuseField(ctx, 'from', 'an active currency of ISO 4217 such as "USD"');
  if (!isCurrencyCode(to)) return refuseField(ctx, 'to', 'an active currency of ISO 4217 such as "EUR"');
  if (from === to) return refuseField(ctx, 'to', 'another currency than `from`');
  const gives = payableAmount(ctx, { field: 'amount', amount, currency: from });
  const today = await valuationDate(ctx.sql, ctx.clock);
  const book = await readRateBook(ctx.sql, { currencies: [from], to, at: rateMoment(today, ctx.clock) });
  const { exchangeAgeHoursMax: ageHoursMax } = book.policy;
  const rate = requireRate(ctx, book, { from, to, ageHoursMax });
  const spreadBps = await spreadOf(ctx.sql, { from, to }, book.policy.spreadBps);
  const amounts = exchangeAmounts({ gives, to, rate: rate.rate, spreadBps });
  if (amounts.receives.isZero()) return refuseField(ctx, 'amount', `brings less than the smallest unit of ${to}`);
  const validUntil = instant(instant(rate.asOf ?? book.at).getTime() + ageHoursMax * HOUR_MS).toISOString();
  return { ...amounts, gives, to, today, rate, spreadBps: toDecimalString(spreadBps), validUntil };
}

/** What an exchange would bring now. Nothing is kept: whoever accepts names what it must bring at least. */
export const quoteExchangeHandler = handler(cash.quoteExchange, async ({ sql, clock }, input) => {
  const [portfolio] = await sql`SELECT FROM portfolios WHERE id = ${input.portfolioId}`;
  if (portfolio === undefined) throw new Failure('NOT_FOUND', { portfolioId: input.portfolioId });
  const refuse: QuoteContext['refuse'] = (code, details) => {
    throw new Failure(code, details);
  };
  return quoteView(input.portfolioId, await quoteExchange({ sql, clock, refuse }, input));
});

export function quoteView(portfolioId: string, quoted: QuotedExchange): View {
  const { gives, receives, market, spread, remainder, rate, spreadBps, validUntil } = quoted;
  const text = ({ amount }: Money): string => toDecimalString(amount);
  return {
    portfolioId,
    from: gives.currency,
    to: quoted.to,
    amount: text(gives),
    receives: text(receives),
    marketAmount: text(market),
    spreadBps,
    spread: text(spread),
    remainder: text(remainder),
    rate: exchangeRateView(rate, false),
    validUntil,
  };
}
