import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { currencyColumn, dateColumn, idColumn, nowColumn, quantityColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from './portfolio.entity.ts';

const ledgerAccounts = ['cash', 'reserved', 'holding', 'external', 'fees', 'income', 'trading'] as const;
const ledgerKinds = [
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
] as const;

/** A line of the ledger. Lines of one transaction are inserted by one statement and sum to zero per asset; nothing is ever changed. */
const PostingSchema = defineEntity({
  name: 'Posting',
  tableName: 'postings',
  ...tenantPolicies('postings', ['user', 'admin', 'worker']),
  readonly: true,
  properties: {
    id: idColumn(),
    transactionId: p.uuid(),
    line: p.smallint(),
    userId: p.uuid(),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    account: p.enum(ledgerAccounts).nativeEnumName('ledger_account'),
    /** Either a currency or an instrument: the asset. */
    currencyCode: currencyColumn().nullable(),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id').nullable().deleteRule('no action'),
    amount: quantityColumn(),
    /** Signed change of the open position's cost, in the portfolio's base currency; holding lines only. */
    costBasis: quantityColumn().nullable(),
    realizedPnl: quantityColumn().nullable(),
    kind: p.enum(ledgerKinds).nativeEnumName('ledger_kind'),
    effectiveDate: dateColumn(),
    // Its foreign key stands in db/src/schema-drift.ts: trading is a higher area, which this one may not import.
    tradeId: p.uuid().nullable(),
    reversesTransactionId: p.uuid().nullable(),
    memo: p.text().nullable(),
    createdAt: nowColumn(),
  },
  uniques: [
    { name: 'postings_transaction_id_line_unique', properties: ['transactionId', 'line'] },
    {
      name: 'idx_postings_reversal',
      properties: ['userId', 'reversesTransactionId', 'line'],
      where: 'reverses_transaction_id is not null',
    },
  ],
  indexes: [
    { name: 'idx_postings_portfolio_date', properties: ['portfolioId', 'effectiveDate'] },
    { name: 'idx_postings_user_date', properties: ['userId', 'effectiveDate'] },
    { name: 'idx_postings_portfolio_transaction', properties: ['portfolioId', 'transactionId'] },
    { name: 'idx_postings_trade_id', properties: ['tradeId'], where: 'trade_id is not null' },
  ],
  checks: [
    { name: 'postings_one_asset', expression: '(currency_code is null) <> (instrument_id is null)' },
    { name: 'postings_amount_not_zero', expression: 'amount <> 0' },
    {
      name: 'postings_cost_on_holding',
      expression: `(cost_basis is null and realized_pnl is null) or (account = 'holding'::ledger_account and instrument_id is not null)`,
    },
  ],
});

export class Posting extends PostingSchema.class {}
PostingSchema.setClass(Posting);
