import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { currencyColumn, idColumn, instantColumn, nowColumn, quantityColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from './portfolio.entity.ts';

const HoldSchema = defineEntity({
  name: 'Hold',
  tableName: 'holds',
  ...tenantPolicies('holds', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid().index('idx_holds_user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    currencyCode: currencyColumn().nullable(),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id').nullable().deleteRule('no action'),
    amount: quantityColumn(),
    consumedAmount: quantityColumn().defaultRaw('0'),
    status: p.enum(['ACTIVE', 'CONSUMED', 'RELEASED', 'EXPIRED']).nativeEnumName('hold_status').default('ACTIVE'),
    reason: p.text(),
    holder: p.enum(['INVESTOR', 'ORDER', 'PAYMENT']).nativeEnumName('hold_holder').default('INVESTOR'),
    expiresAt: instantColumn().nullable(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
  uniques: [{ name: 'holds_id_user_id_unique', properties: ['id', 'userId'] }],
  indexes: [
    { name: 'idx_holds_portfolio', properties: ['portfolioId', 'id'] },
    { name: 'idx_holds_portfolio_active', properties: ['portfolioId'], where: `status = 'ACTIVE'::hold_status` },
    { name: 'idx_holds_expiry', properties: ['expiresAt'], where: `status = 'ACTIVE'::hold_status` },
  ],
  checks: [
    { name: 'holds_one_asset', expression: '(currency_code is null) <> (instrument_id is null)' },
    { name: 'holds_amount_positive', expression: 'amount > 0' },
    { name: 'holds_consumed_is_used_up', expression: `(status = 'CONSUMED'::hold_status) = (consumed_amount = amount)` },
    { name: 'holds_consumed_within_amount', expression: 'consumed_amount >= 0 and consumed_amount <= amount' },
  ],
});

export class Hold extends HoldSchema.class {}
HoldSchema.setClass(Hold);
