import { defineEntity, p } from '@mikro-orm/postgresql';
import { instantColumn, jsonColumn, nowColumn, settingsColumn } from '../platform/index.ts';

/** Stored for one hour and one day; every other resolution is computed on request. */
const TechnicalIndicatorSchema = defineEntity({
  name: 'TechnicalIndicator',
  tableName: 'technical_indicators',
  properties: {
    id: p.uuid().primary(),
    instrumentId: p.uuid(),
    timestamp: instantColumn().primary(),
    indicatorType: p.text(),
    indicatorValues: jsonColumn<Record<string, number | null>>(),
    parameters: settingsColumn<Record<string, number | string>>(),
    calculatedAt: nowColumn(),
  },
  uniques: [{ name: 'technical_indicators_series_unique', properties: ['instrumentId', 'indicatorType', 'timestamp', 'parameters'] }],
});

export class TechnicalIndicator extends TechnicalIndicatorSchema.class {}
TechnicalIndicatorSchema.setClass(TechnicalIndicator);
