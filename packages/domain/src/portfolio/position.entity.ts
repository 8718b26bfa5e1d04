import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { idColumn, moneyColumn, nowColumn, percentColumn, quantityColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from './portfolio.entity.ts';

const PositionSchema = defineEntity({
  name: 'Position',
  tableName: 'positions',
  ...tenantPolicies('positions', ['user', 'admin', 'worker', 'definer']),
  properties: {
    id: idColumn(),
    userId: p.uuid().index('idx_positions_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id').index('idx_positions_instrument_id'),
    /** What is free to sell; what is reserved for a sale stands in reservedQuantity. Projections of postings, as are the costs. */
    quantity: quantityColumn().defaultRaw('0'),
    avgCost: moneyColumn().defaultRaw('0'),
    currentPrice: moneyColumn().nullable(),
    currentValue: moneyColumn().nullable(),
    unrealizedPnl: moneyColumn().nullable(),
    allocationPercentage: percentColumn().nullable(),
    openedAt: nowColumn(),
    lastUpdated: nowColumn(),
    costBasis: quantityColumn().defaultRaw('0'),
    reservedQuantity: quantityColumn().defaultRaw('0'),
  },
  uniques: [{ name: 'idx_positions_portfolio_instrument', properties: ['portfolioId', 'instrumentId'] }],
  checks: [
    { name: 'positions_quantity_not_negative', expression: 'quantity >= 0' },
    { name: 'positions_reserved_quantity_not_negative', expression: 'reserved_quantity >= 0' },
  ],
});

export class Position extends PositionSchema.class {}
PositionSchema.setClass(Position);
