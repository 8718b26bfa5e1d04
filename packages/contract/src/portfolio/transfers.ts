import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { CurrencyCode, Decimal, Id, InstrumentSymbol, PositiveAmount, SessionDate } from '../fields.ts';

const between = { fromPortfolioId: Id, toPortfolioId: Id };
const about = {
  date: SessionDate.optional().describe('The day it took effect; the valuation date when left out.'),
  memo: z.string().max(200).optional(),
};
const example = {
  fromPortfolioId: '00000000-0000-7000-8000-000000000001',
  toPortfolioId: '00000000-0000-7000-8000-000000000002',
};
const errors = [
  'SAME_PORTFOLIO',
  'NOT_FOUND',
  'PORTFOLIO_NOT_ACTIVE',
  'CURRENCY_MISMATCH',
  'DATE_IN_FUTURE',
  'DATE_BEFORE_OPENING',
  'DATE_OUT_OF_ORDER',
  'INVALID_INPUT',
] as const;
const audit = { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'fromPortfolioId' } as const;

export const transfer = command('cash.transfer', {
  summary: "Move cash from one of the investor's portfolios to another, at once: a withdrawal there, a deposit here.",
  input: z.strictObject({ ...between, amount: PositiveAmount, currency: CurrencyCode, ...about }),
  output: z.object({
    transactionId: Id,
    ...between,
    amount: Decimal,
    currency: z.string(),
    date: SessionDate,
    fromCashBalance: Decimal,
    toCashBalance: Decimal,
  }),
  access: scope('write'),
  errors: [...errors, 'INSUFFICIENT_CASH'],
  audit,
  example: { ...example, amount: '10.00', currency: 'USD' },
});

export const transferHolding = command('portfolio.transferHolding', {
  summary:
    "Move units of an instrument from one of the investor's portfolios to another, in kind and at what they cost: nothing is sold, no gain is made.",
  input: z.strictObject({ ...between, symbol: InstrumentSymbol, quantity: PositiveAmount, ...about }),
  output: z.object({
    transactionId: Id,
    ...between,
    symbol: z.string(),
    quantity: Decimal,
    cost: Decimal.describe('What left one portfolio and came into the other: the average cost of the units.'),
    date: SessionDate,
  }),
  access: scope('write'),
  errors: [...errors, 'INSUFFICIENT_QUANTITY', 'ACTION_PENDING'],
  audit,
  example: { ...example, symbol: 'DEMO', quantity: '1' },
});
