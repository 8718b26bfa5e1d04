import { z } from 'zod';
import { command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CurrencyCode, Decimal, Id, Instant, pageOf, PositiveAmount } from '../fields.ts';

export const PaymentDirection = z.enum(['DEPOSIT', 'WITHDRAWAL']);
export const PaymentStatus = z
  .enum(['PENDING', 'SENDING', 'SENT', 'SETTLED', 'REJECTED', 'RETURNED', 'CANCELLED'])
  .describe(
    'PENDING: not yet on its way to the bank. SENDING: on its way. SENT: the bank has it. SETTLED: booked. REJECTED: it never was. RETURNED: booked, then taken back. CANCELLED: taken back before it went.',
  );

export const PaymentView = z.object({
  id: Id,
  portfolioId: Id,
  direction: PaymentDirection,
  status: PaymentStatus,
  amount: Decimal,
  currency: z.string(),
  bankAccountId: Id.nullable(),
  reference: z.string().describe('What names the payment at the bank; whoever wires money writes it there.'),
  memo: z.string().nullable(),
  failure: z.string().nullable().describe("The bank's reason, when it did not or no longer stand."),
  transactionId: Id.nullable().describe('The ledger transaction that booked it.'),
  createdAt: Instant,
  settledAt: Instant.nullable(),
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };
const bankAccountId = '00000000-0000-7000-8000-000000000005';
const audit = { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' } as const;
const errors = [
  'NOT_FOUND',
  'PORTFOLIO_NOT_ACTIVE',
  'CURRENCY_NOT_SERVED',
  'CURRENCY_MISMATCH',
  'LIMIT_EXCEEDED',
  'INVALID_INPUT',
] as const;
const amounts = { portfolioId: Id, amount: PositiveAmount, currency: CurrencyCode, memo: z.string().trim().min(1).max(140).optional() };

export const announceDeposit = command('cash.announceDeposit', {
  summary:
    'Bring money in through the bank: collected from a linked account, or wired by the investor with the reference. Booked when it comes.',
  input: z.strictObject({ ...amounts, bankAccountId: Id.optional().describe('Collect it there; left out, the investor wires it.') }),
  output: PaymentView,
  access: scope('write'),
  errors,
  audit,
  example: { ...example, amount: '100.00', currency: 'USD' },
});

export const requestWithdrawal = command('cash.requestWithdrawal', {
  summary: 'Send money to a linked account. It is held at once, and leaves when the bank says that it did.',
  input: z.strictObject({ ...amounts, bankAccountId: Id }),
  output: PaymentView,
  access: scope('write'),
  stepUp: true,
  errors: [...errors, 'INSUFFICIENT_CASH', 'INSUFFICIENT_QUANTITY'],
  audit,
  example: { ...example, bankAccountId, amount: '10.00', currency: 'USD' },
});

export const cancelPayment = command('cash.cancelPayment', {
  summary: 'Take back a deposit or a withdrawal that is not on its way to the bank yet; what was held for it is available again.',
  input: z.strictObject({ portfolioId: Id, paymentId: Id }),
  output: PaymentView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'PAYMENT_ALREADY_SENT', 'HOLD_ENDED'],
  audit,
  example: { ...example, paymentId: '00000000-0000-7000-8000-000000000007' },
});

export const payments = query('cash.payments', {
  summary: 'Deposits and withdrawals through the bank, newest first.',
  input: z.strictObject({
    portfolioId: Id,
    cursor: Id.optional().describe('`nextCursor` of the page before.'),
    limit: z.int().min(1).max(200).default(50),
  }),
  output: pageOf(PaymentView),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const CashLimitView = z.object({
  direction: PaymentDirection,
  currency: z.string(),
  perPayment: Decimal,
  perDay: Decimal.describe('In any 24 hours, over all portfolios of an investor.'),
});

export const limits = query('cash.limits', {
  summary: 'How much may be paid through the bank, by direction and currency. A currency that is not listed is not served.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(CashLimitView) }),
  access: scope('read'),
  example: {},
});

export const setLimit = command('cash.setLimit', {
  summary: 'Set the limits of a currency; it is served from then on.',
  input: z.strictObject({ direction: PaymentDirection, currency: CurrencyCode, perPayment: PositiveAmount, perDay: PositiveAmount }),
  output: CashLimitView,
  access: operator('operate'),
  errors: ['INVALID_INPUT'],
  audit: { entityType: 'CASH_LIMIT', action: 'UPDATE' },
  example: { direction: 'WITHDRAWAL', currency: 'USD', perPayment: '50000', perDay: '100000' },
});

export const setRecording = command('cash.setRecording', {
  summary: 'Whether investors may record deposits and withdrawals by themselves, beside those through the bank.',
  input: z.strictObject({ investorsRecord: z.boolean() }),
  output: z.object({ investorsRecord: z.boolean() }),
  access: operator('operate'),
  audit: { entityType: 'CASH_SETTINGS', action: 'UPDATE' },
  example: { investorsRecord: true },
});

export const BankMessageKind = z.enum(['SETTLED', 'REJECTED', 'RETURNED']);
export const BankMessageStatus = z.enum(['RECEIVED', 'WAITING', 'APPLIED', 'UNMATCHED', 'DISMISSED']);

export const BankMessageView = z.object({
  id: Id,
  bankReference: z.string(),
  kind: BankMessageKind,
  reference: z.string().nullable(),
  amount: Decimal,
  currency: z.string(),
  status: BankMessageStatus,
  problem: z.string().nullable(),
  paymentId: Id.nullable(),
  receivedAt: Instant,
});

export const openBankMessages = query('cash.openBankMessages', {
  summary: 'What the bank said that fits no payment, or none yet, oldest first. Nothing was booked for it.',
  input: z.strictObject({ cursor: Id.optional(), limit: z.int().min(1).max(200).default(50) }),
  output: pageOf(BankMessageView),
  access: operator('operate'),
  example: {},
});

export const resolveBankMessage = command('cash.resolveBankMessage', {
  summary: 'Try an open bank message again, as one of a payment that is named, or dismiss it. The workers book what comes of it.',
  input: z.strictObject({
    messageId: Id,
    action: z.enum(['retry', 'dismiss']),
    paymentId: Id.optional().describe(
      'With retry: the payment that it is of, whatever its reference says. A deposit is booked at what came.',
    ),
  }),
  output: BankMessageView,
  access: operator('operate'),
  errors: ['NOT_FOUND', 'MESSAGE_NOT_OPEN'],
  audit: { entityType: 'BANK_MESSAGE', action: 'UPDATE', idField: 'messageId' },
  example: { messageId: '00000000-0000-7000-8000-000000000006', action: 'dismiss' },
});

export const PaymentRequested = event('cash.PaymentRequested', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, paymentId: Id }),
});

/** From here on nobody can cancel it. */
export const PaymentCleared = event('cash.PaymentCleared', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, paymentId: Id }),
});

export const PaymentChanged = event('cash.PaymentChanged', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, paymentId: Id, status: PaymentStatus }),
});

export const BankMessageReceived = event('cash.BankMessageReceived', {
  aggregateType: 'BANK_MESSAGE',
  payload: z.object({ messageId: Id }),
});

export const clearPayment = command('cash.clearPayment', {
  summary: 'Let a payment go on its way to the bank, unless it was cancelled before: from here on nobody can.',
  input: z.strictObject({ paymentId: Id }),
  output: z.object({ paymentId: Id, status: PaymentStatus }),
  access: system,
  errors: ['NOT_FOUND'],
  audit: { entityType: 'PAYMENT', action: 'UPDATE', idField: 'paymentId' },
  example: { paymentId: '00000000-0000-7000-8000-000000000007' },
});

export const sendPayment = command('cash.sendPayment', {
  summary: 'Hand a cleared payment to the bank, under its own id as the key, so that the bank takes it once however often it is sent.',
  input: z.strictObject({ paymentId: Id }),
  output: z.object({ paymentId: Id, status: PaymentStatus }),
  access: system,
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'HOLD_ENDED'],
  audit: { entityType: 'PAYMENT', action: 'UPDATE', idField: 'paymentId' },
  example: { paymentId: '00000000-0000-7000-8000-000000000007' },
});

export const receiveBankMessages = command('cash.receiveBankMessages', {
  summary: 'Take in what the bank has to say, each message once, and tell it that what is kept was received.',
  input: z.strictObject({}),
  output: z.object({ received: z.int(), more: z.boolean() }),
  access: system,
  audit: { entityType: 'BANK_MESSAGE', action: 'CREATE' },
  example: {},
});

export const applyBankMessage = command('cash.applyBankMessage', {
  summary: 'Book what a bank message says of a payment, or keep it for an operator.',
  input: z.strictObject({ messageId: Id }),
  output: z.object({ messageId: Id, status: BankMessageStatus, problem: z.string().nullable() }),
  access: system,
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'HOLD_ENDED', 'HOLD_TOO_SMALL'],
  audit: { entityType: 'BANK_MESSAGE', action: 'UPDATE', idField: 'messageId' },
  example: { messageId: '00000000-0000-7000-8000-000000000006' },
});
