import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, dateColumn, idColumn, moneyColumn, nowColumn, percentColumn } from '../platform/index.ts';
import { Instrument } from './instrument.entity.ts';

const kinds = ['DIVIDEND', 'SPLIT', 'SYMBOL_CHANGE', 'SPIN_OFF', 'DELISTING'] as const;

/** What happens to an instrument on a day. Terms are as announced and never change; status and shards say how far it was applied. */
const CorporateActionSchema = defineEntity({
  name: 'CorporateAction',
  tableName: 'corporate_actions',
  properties: {
    id: idColumn(),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id').deleteRule('no action'),
    kind: p.enum(kinds).nativeEnumName('corporate_action_kind'),
    exDate: dateColumn(),
    recordDate: dateColumn().nullable(),
    payDate: dateColumn().nullable(),
    effectiveDate: dateColumn().generated('(COALESCE(pay_date, ex_date)) stored'),
    ratioFrom: p.integer().nullable(),
    ratioTo: p.integer().nullable(),
    amount: moneyColumn().nullable(),
    currencyCode: currencyColumn().nullable(),
    withholdingPct: percentColumn().nullable(),
    fractionPrice: moneyColumn().nullable(),
    oldSymbol: p.text().nullable(),
    newSymbol: p.text().nullable(),
    newInstrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('new_instrument_id').nullable().deleteRule('no action'),
    costPart: p.bigint('string').nullable(),
    costWhole: p.bigint('string').nullable(),
    status: p.enum(['ANNOUNCED', 'APPLIED', 'CANCELLED']).nativeEnumName('corporate_action_status').default('ANNOUNCED'),
    appliedShards: p.integer().default(0),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
  indexes: [
    { name: 'idx_corporate_actions_instrument', properties: ['instrumentId', 'exDate'] },
    { name: 'idx_corporate_actions_announced', properties: ['effectiveDate'], where: `status = 'ANNOUNCED'::corporate_action_status` },
    {
      name: 'idx_corporate_actions_once',
      expression: `create unique index idx_corporate_actions_once on corporate_actions (instrument_id, kind, ex_date, coalesce(amount, 0)) where status <> 'CANCELLED'`,
    },
  ],
  uniques: [
    {
      name: 'idx_corporate_actions_old_symbol',
      properties: ['oldSymbol'],
      where: `kind = 'SYMBOL_CHANGE'::corporate_action_kind and status = 'APPLIED'::corporate_action_status`,
    },
  ],
  checks: [
    {
      name: 'corporate_actions_dates_in_order',
      expression: `pay_date is null or (kind = 'DIVIDEND'::corporate_action_kind and pay_date >= ex_date)`,
    },
    {
      name: 'corporate_actions_ratio_with_kind',
      expression: `(coalesce(ratio_from, 0) > 0 and coalesce(ratio_to, 0) > 0) = (kind in ('SPLIT', 'SPIN_OFF'))`,
    },
    {
      name: 'corporate_actions_amount_with_kind',
      expression: `(coalesce(amount, -1) >= 0 and currency_code is not null) = (kind in ('DIVIDEND', 'DELISTING'))`,
    },
    {
      name: 'corporate_actions_symbols_with_kind',
      expression: `(old_symbol is not null and new_symbol is not null) = (kind = 'SYMBOL_CHANGE')`,
    },
    {
      name: 'corporate_actions_cost_with_kind',
      expression: `(new_instrument_id is not null and coalesce(cost_part >= 0 and cost_part <= cost_whole and cost_whole > 0, false)) = (kind = 'SPIN_OFF')`,
    },
  ],
});

export class CorporateAction extends CorporateActionSchema.class {}
CorporateActionSchema.setClass(CorporateAction);
