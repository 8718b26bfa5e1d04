import { defineEntity, p } from '@mikro-orm/postgresql';
import { dateColumn, jsonColumn, moneyColumn, nowColumn, statisticColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from '../portfolio/index.ts';

/** A portfolio's value and performance since inception at the close of one session. Partitioned by year. */
const PortfolioSnapshotSchema = defineEntity({
  name: 'PortfolioSnapshot',
  tableName: 'portfolio_snapshots',
  ...tenantPolicies('portfolio_snapshots', ['user', 'admin', 'worker']),
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid().index('idx_portfolio_snapshots_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    snapshotDate: dateColumn().primary(),
    totalValue: moneyColumn(),
    cashBalance: moneyColumn(),
    investedAmount: moneyColumn(),
    dailyReturn: statisticColumn().nullable(),
    totalReturn: statisticColumn().nullable(),
    volatility: statisticColumn().nullable(),
    sharpeRatio: statisticColumn().nullable(),
    maxDrawdown: statisticColumn().nullable(),
    allocationBreakdown: jsonColumn().nullable(),
    performanceAttribution: jsonColumn().nullable(),
    createdAt: nowColumn(),
    /** External flows since the previous snapshot, in at the start of the day, out at its end. */
    inflow: moneyColumn().defaultRaw('0'),
    outflow: moneyColumn().defaultRaw('0'),
    isStale: p.boolean().default(false),
    /** Of other currencies that were held, each with its time. */
    rates: jsonColumn<readonly unknown[]>().nullable(),
    /** Owed between ex date and payment; part of the total value. */
    accruedDividends: moneyColumn().defaultRaw('0'),
  },
  uniques: [{ name: 'portfolio_snapshots_portfolio_id_snapshot_date_unique', properties: ['portfolioId', 'snapshotDate'] }],
  checks: [{ name: 'portfolio_snapshots_stale_without_return', expression: 'not is_stale or daily_return is null' }],
});

export class PortfolioSnapshot extends PortfolioSnapshotSchema.class {}
PortfolioSnapshotSchema.setClass(PortfolioSnapshot);
