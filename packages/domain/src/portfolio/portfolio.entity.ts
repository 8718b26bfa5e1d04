import { defineEntity, p } from '@mikro-orm/postgresql';
import { User } from '../identity/index.ts';
import {
  currencyColumn,
  dateColumn,
  idColumn,
  moneyColumn,
  nowColumn,
  percentColumn,
  settingsColumn,
  tenantPolicies,
} from '../platform/index.ts';

/** A projection of postings: only the ledger trigger writes it, and no serving role may. */
const projectedColumn = () => moneyColumn().defaultRaw('0');

const PortfolioSchema = defineEntity({
  name: 'Portfolio',
  tableName: 'portfolios',
  ...tenantPolicies('portfolios', ['user', 'admin', 'worker', 'definer']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').index('idx_portfolios_owner'),
    name: p.text(),
    description: p.text().nullable(),
    totalValue: moneyColumn().defaultRaw('0'),
    cashBalance: projectedColumn(),
    investedAmount: projectedColumn(),
    unrealizedPnl: moneyColumn().defaultRaw('0'),
    realizedPnl: projectedColumn(),
    /** Percent by symbol: 60 is 60 %. */
    allocationTarget: settingsColumn<Record<string, number>>(),
    allocationCurrent: settingsColumn<Record<string, number>>(),
    autoRebalanceEnabled: p.boolean().default(false),
    rebalanceThreshold: percentColumn().nullable(),
    // A raw default: with the other kind the ORM would name the column in its INSERT, which no investor may.
    status: p.enum(['ACTIVE', 'SUSPENDED', 'CLOSED']).nativeEnumName('portfolio_status').defaultRaw(`'ACTIVE'`),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
    baseCurrency: currencyColumn().default('USD'),
    openedOn: dateColumn(),
    reservedCash: projectedColumn(),
    lastEntryDate: dateColumn().nullable(),
    snapshotsDirtyFrom: dateColumn().nullable(),
    snapshotsThrough: dateColumn().nullable(),
    accruedThrough: dateColumn().nullable(),
    dividendChoice: p.text().defaultRaw(`'CASH'`),
  },
  uniques: [{ name: 'portfolios_id_user_id_unique', properties: ['id', 'userId'] }],
  indexes: [
    { name: 'idx_portfolios_user_id', properties: ['userId'], where: `status = 'ACTIVE'::portfolio_status` },
    { name: 'idx_portfolios_snapshots_dirty', properties: ['id'], where: 'snapshots_dirty_from is not null' },
    { name: 'idx_portfolios_snapshots_through', properties: ['snapshotsThrough'], where: 'last_entry_date is not null' },
    { name: 'idx_portfolios_accrued_through', properties: ['accruedThrough'], where: 'last_entry_date is not null' },
  ],
  checks: [
    { name: 'portfolios_cash_balance_not_negative', expression: 'cash_balance >= 0' },
    { name: 'portfolios_reserved_cash_not_negative', expression: 'reserved_cash >= 0' },
    {
      name: 'portfolios_closed_is_flat',
      expression: `status <> 'CLOSED'::portfolio_status or (cash_balance = 0 and reserved_cash = 0 and invested_amount = 0)`,
    },
    { name: 'portfolios_dividend_choice', expression: `dividend_choice in ('CASH', 'REINVEST')` },
    { name: 'portfolios_rebalance_threshold_not_negative', expression: 'rebalance_threshold >= 0' },
  ],
});

export class Portfolio extends PortfolioSchema.class {}
PortfolioSchema.setClass(Portfolio);
