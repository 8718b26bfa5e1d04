import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { CurrencyCode, Decimal, Id, Instant, pageOf, PositiveAmount, SessionDate } from '../fields.ts';
import { ExchangeRateView } from '../market/index.ts';

const Terms = {
  portfolioId: Id,
  from: CurrencyCode.describe('The currency that is given.'),
  to: CurrencyCode.describe('The currency that comes in.'),
  amount: PositiveAmount.describe('Of `from`.'),
};
const example = { portfolioId: '00000000-0000-7000-8000-000000000001', from: 'USD', to: 'EUR', amount: '10.00' };

const ExchangeQuoteView = z.object({
  portfolioId: Id,
  from: z.string(),
  to: z.string(),
  amount: Decimal,
  receives: Decimal.describe('What comes in, in whole smallest units of `to`: market amount less spread and remainder.'),
  marketAmount: Decimal.describe('What is given is worth at the rate.'),
  spreadBps: Decimal.describe('50 is 0.5 %.'),
  spread: Decimal.describe('Taken for the exchange, of `to`.'),
  remainder: Decimal.describe('Less than one smallest unit of `to`, which cannot be paid out; posted to the fees.'),
  rate: ExchangeRateView,
  validUntil: Instant.describe('When the rate becomes too old, unless a newer one comes before.'),
});

export const quoteExchange = query('cash.quoteExchange', {
  summary: 'What an exchange would bring at the newest rate. To accept it, name what it brings as `atLeast` of `cash.exchange`.',
  input: z.strictObject(Terms),
  output: ExchangeQuoteView,
  access: scope('read'),
  errors: ['NOT_FOUND', 'INVALID_INPUT', 'FX_RATE_MISSING', 'FX_RATE_STALE'],
  example,
});

const ExchangeView = ExchangeQuoteView.extend({
  transactionId: Id,
  date: SessionDate,
  fromCashBalance: Decimal,
  toCashBalance: Decimal,
});

export const exchange = command('cash.exchange', {
  summary: 'Exchange cash of one currency for another at the newest rate, if that brings what was agreed to.',
  input: z.strictObject({
    ...Terms,
    atLeast: PositiveAmount.describe('Refused with EXCHANGE_BELOW_LIMIT when the newest rate brings less: what a quote said, or less.'),
    memo: z.string().max(200).optional(),
  }),
  output: ExchangeView,
  access: scope('write'),
  errors: [
    'NOT_FOUND',
    'PORTFOLIO_NOT_ACTIVE',
    'INVALID_INPUT',
    'FX_RATE_MISSING',
    'FX_RATE_STALE',
    'EXCHANGE_BELOW_LIMIT',
    'INSUFFICIENT_CASH',
    'DATE_IN_FUTURE',
    'DATE_BEFORE_OPENING',
    'DATE_OUT_OF_ORDER',
  ],
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  example: { ...example, atLeast: '0.01' },
});

export const exchanges = query('cash.exchanges', {
  summary: 'What was exchanged in a portfolio, newest first, each with rate, spread and remainder.',
  input: z.strictObject({
    portfolioId: Id,
    cursor: Id.optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  }),
  output: pageOf(
    ExchangeQuoteView.omit({ portfolioId: true, marketAmount: true, validUntil: true }).extend({
      transactionId: Id,
      date: SessionDate,
      rate: ExchangeRateView.pick({ rate: true, asOf: true, path: true, legs: true }),
      reversedBy: Id.nullable(),
    }),
  ),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example: { portfolioId: example.portfolioId },
});
