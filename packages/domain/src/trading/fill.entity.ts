import { defineEntity, p } from '@mikro-orm/postgresql';
import { idColumn, instantColumn, moneyColumn, nowColumn, quantityColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from '../portfolio/index.ts';
import { Trade } from './trade.entity.ts';

const FillSchema = defineEntity({
  name: 'Fill',
  tableName: 'fills',
  ...tenantPolicies('fills', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid().index('idx_fills_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    tradeId: () => p.manyToOne(Trade).mapToPk().joinColumn('trade_id'),
    quantity: quantityColumn(),
    price: moneyColumn(),
    fees: moneyColumn().defaultRaw('0'),
    filledAt: instantColumn(),
    /** A venue may report the same fill twice. */
    venueFillId: p.text().nullable(),
    createdAt: nowColumn(),
  },
  uniques: [{ name: 'fills_trade_id_venue_fill_id_unique', properties: ['tradeId', 'venueFillId'] }],
  indexes: [{ name: 'idx_fills_portfolio_date', columns: [{ name: 'portfolio_id' }, { name: 'filled_at', sort: 'DESC' }] }],
  checks: [
    { name: 'fills_quantity_positive', expression: 'quantity > 0' },
    { name: 'fills_price_not_negative', expression: 'price >= 0 and fees >= 0' },
  ],
});

export class Fill extends FillSchema.class {}
FillSchema.setClass(Fill);
