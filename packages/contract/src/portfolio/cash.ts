import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { CurrencyCode, Decimal, Id, PositiveAmount, SessionDate } from '../fields.ts';

export { exchange, exchanges, quoteExchange } from './exchange.ts';
export * from './accruals.ts';
export * from './bank-accounts.ts';
export * from './deposit-plans.ts';
export * from './fees.ts';
export * from './payments.ts';
export { transfer } from './transfers.ts';

const CashMovementInput = z.strictObject({
  portfolioId: Id,
  amount: PositiveAmount,
  currency: CurrencyCode,
  date: SessionDate.optional().describe('The day it took effect; the valuation date when left out.'),
  memo: z.string().max(200).optional(),
});

export const CashMovementView = z.object({
  transactionId: Id,
  portfolioId: Id,
  amount: Decimal,
  currency: z.string(),
  date: SessionDate,
  cashBalance: Decimal.describe('What is available of that currency afterwards.'),
});

const movementErrors = [
  'NOT_FOUND',
  'PORTFOLIO_NOT_ACTIVE',
  'DATE_IN_FUTURE',
  'DATE_BEFORE_OPENING',
  'DATE_OUT_OF_ORDER',
  'INVALID_INPUT',
  'RECORDING_CLOSED',
] as const;
const example = { portfolioId: '00000000-0000-7000-8000-000000000001', amount: '1000.00', currency: 'USD' };

export const deposit = command('cash.deposit', {
  summary: 'Record money that came in from outside, in any currency that has an exchange rate with the base currency.',
  input: CashMovementInput,
  output: CashMovementView,
  access: scope('write'),
  errors: [...movementErrors, 'FX_RATE_MISSING'],
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  example,
});

export const withdraw = command('cash.withdraw', {
  summary: 'Record money that went out.',
  input: CashMovementInput,
  output: CashMovementView,
  access: scope('write'),
  errors: [...movementErrors, 'INSUFFICIENT_CASH'],
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  stepUp: true,
  example: { ...example, amount: '10.00' },
});
