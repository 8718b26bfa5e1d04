import { z } from 'zod';
import { batch, command, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Decimal, Id, Instant, pageOf, SessionDate } from '../fields.ts';

export const LedgerAccount = z.enum(['cash', 'reserved', 'holding', 'external', 'fees', 'income', 'trading']);
export const LedgerKind = z.enum([
  'DEPOSIT',
  'WITHDRAWAL',
  'BUY',
  'SELL',
  'FEE',
  'DIVIDEND',
  'INTEREST',
  'TRANSFER',
  'EXCHANGE',
  'SPLIT',
  'JOURNAL',
  'HOLD',
  'RELEASE',
  'REVERSAL',
]);

const Cursor = Id.optional().describe('`nextCursor` of the page before.');
const EntryLimit = z.int().min(1).max(200).default(50);

export const LedgerLineView = z.object({
  account: LedgerAccount,
  asset: z.string().describe('A currency code, or the symbol of an instrument.'),
  instrumentId: Id.nullable().describe('Null for money.'),
  amount: Decimal.describe('Positive into the account.'),
  costBasis: Decimal.nullable().describe('Holding lines: the change of the cost of what is held, in the base currency.'),
  realizedPnl: Decimal.nullable(),
});

export const LedgerEntryView = z.object({
  transactionId: Id,
  kind: LedgerKind,
  date: SessionDate,
  recordedAt: Instant,
  memo: z.string().nullable(),
  tradeId: Id.nullable(),
  reverses: Id.nullable().describe('The transaction that this one takes back.'),
  reversedBy: Id.nullable(),
  lines: z.array(LedgerLineView),
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };

export const ledger = query('portfolio.ledger', {
  summary: 'The ledger of a portfolio, each transaction with its postings, which sum to zero per asset.',
  input: z.strictObject({
    portfolioId: Id,
    order: z.enum(['newest', 'oldest']).default('newest').describe('Which transaction comes first, by when it was recorded.'),
    cursor: Cursor,
    limit: EntryLimit,
  }),
  output: pageOf(LedgerEntryView),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const ActivityView = z.object({
  transactionId: Id,
  kind: LedgerKind,
  date: SessionDate,
  symbol: z.string().nullable().describe('The instrument that moved; null when only money did.'),
  quantity: Decimal.nullable().describe('Change of what is held.'),
  cash: Decimal.describe('Change of the cash, available and reserved together, in the base currency.'),
  fees: Decimal,
  otherCash: z.array(z.object({ currency: z.string(), cash: Decimal, fees: Decimal })).describe('The same of other currencies.'),
  realizedPnl: Decimal.nullable(),
  memo: z.string().nullable(),
  reverses: Id.nullable(),
});

export const activity = query('portfolio.activity', {
  summary: 'What happened in a portfolio, newest first: one line for each ledger transaction and instrument.',
  input: z.strictObject({ portfolioId: Id, cursor: Cursor, limit: EntryLimit }),
  output: pageOf(ActivityView),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const reverseEntry = command('portfolio.reverseEntry', {
  summary: 'Take back a ledger transaction by its exact opposite. The transaction stays; nothing that happened later may build on it.',
  input: z.strictObject({ portfolioId: Id, transactionId: Id, reason: z.string().trim().min(1).max(200) }),
  output: z.object({ transactionId: Id, reverses: Id, portfolioId: Id, date: SessionDate, cashBalance: Decimal }),
  access: scope('write'),
  errors: [
    'NOT_FOUND',
    'PORTFOLIO_NOT_ACTIVE',
    'ALREADY_REVERSED',
    'NOT_REVERSIBLE',
    'INSUFFICIENT_CASH',
    'INSUFFICIENT_QUANTITY',
    'DATE_IN_FUTURE',
    'DATE_BEFORE_OPENING',
    'DATE_OUT_OF_ORDER',
  ],
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  example: { ...example, transactionId: '00000000-0000-7000-8000-000000000003', reason: 'entered twice' },
});

/** Something that the ledger says differently from what is stored. It never happens; when it does, people must hear of it. */
export const LedgerDiffers = event('portfolio.LedgerDiffers', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, differences: z.int().positive() }),
});

export const checkLedger = batch('portfolio.checkLedger', {
  summary: 'Compute every balance again from the postings and compare it with what is stored, to the last decimal.',
  input: z.strictObject({ runKey: z.string().min(1).max(60).describe('Names the run; the same one goes on where it stopped.') }),
  output: z.object({ portfolios: z.int(), postings: z.int(), differences: z.int() }),
  access: system,
  audit: { entityType: 'PORTFOLIO', action: 'READ' },
  example: { runKey: 'example' },
});
