import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { idColumn, instantColumn, moneyColumn, nowColumn, quantityColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from '../portfolio/index.ts';

const orderStates = ['NEW', 'ACCEPTED', 'WORKING', 'PARTIALLY_FILLED', 'FILLED', 'CANCELLED', 'REJECTED', 'EXPIRED', 'FAILED'] as const;

const TradeSchema = defineEntity({
  name: 'Trade',
  tableName: 'trades',
  ...tenantPolicies('trades', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid(),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id').index('idx_trades_instrument_id'),
    /** Ours or the venue's, unique over all investors; what the client sends is clientOrderId. */
    orderId: p.text().unique(),
    tradeType: p.enum(['BUY', 'SELL']).nativeEnumName('trade_type'),
    orderType: p.enum(['MARKET', 'LIMIT', 'STOP_LOSS']).nativeEnumName('order_type'),
    quantity: quantityColumn(),
    /** Average fill price. */
    price: moneyColumn().nullable(),
    /** Without fees. */
    totalAmount: moneyColumn().nullable(),
    /** The venue's. */
    fees: moneyColumn().defaultRaw('0'),
    /** Ours. */
    commission: moneyColumn().defaultRaw('0'),
    status: p.enum(['PENDING', 'EXECUTED', 'CANCELLED', 'FAILED']).nativeEnumName('trade_status').default('PENDING'),
    executionVenue: p.text().nullable(),
    orderPlacedAt: nowColumn(),
    executedAt: instantColumn().nullable(),
    cancelReason: p.text().nullable(),
    /** The finer life of the order; status follows from it and filledQuantity. */
    orderState: p.enum(orderStates).nativeEnumName('order_state').default('NEW'),
    clientOrderId: p.text().nullable(),
    limitPrice: moneyColumn().nullable(),
    stopPrice: moneyColumn().nullable(),
    filledQuantity: quantityColumn().defaultRaw('0'),
    updatedAt: nowColumn(),
    /** Units of the portfolio's base currency for one of the instrument's, by which cost and gain were booked; null where both are one. */
    baseRate: p.decimal('string').precision(38).scale(18).nullable(),
    baseRateAsOf: instantColumn().nullable(),
  },
  uniques: [
    { name: 'trades_user_id_client_order_id_unique', properties: ['userId', 'clientOrderId'] },
    { name: 'trades_id_user_id_unique', properties: ['id', 'userId'] },
  ],
  indexes: [
    { name: 'idx_trades_portfolio_date', columns: [{ name: 'portfolio_id' }, { name: 'executed_at', sort: 'DESC' }] },
    { name: 'idx_trades_status_date', properties: ['status', 'executedAt'], where: `status = 'EXECUTED'::trade_status` },
    { name: 'idx_trades_pending', properties: ['orderPlacedAt'], where: `status = 'PENDING'::trade_status` },
  ],
  checks: [
    { name: 'trades_base_rate_positive', expression: 'base_rate > 0' },
    { name: 'trades_quantity_positive', expression: 'quantity > 0' },
    { name: 'trades_filled_within_quantity', expression: 'filled_quantity >= 0 and filled_quantity <= quantity' },
    { name: 'trades_costs_not_negative', expression: 'fees >= 0 and commission >= 0' },
    {
      name: 'trades_executed_has_price',
      expression: `status <> 'EXECUTED'::trade_status or (executed_at is not null and price is not null)`,
    },
  ],
});

export class Trade extends TradeSchema.class {}
TradeSchema.setClass(Trade);
