import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, idColumn, instantColumn, nowColumn, settingsColumn } from '../platform/index.ts';

const sizeColumn = () => p.decimal('string').precision(24).scale(2).nullable();

const InstrumentSchema = defineEntity({
  name: 'Instrument',
  tableName: 'instruments',
  properties: {
    id: idColumn(),
    symbol: p.text().unique(),
    isin: p.character().length(12).nullable(),
    name: p.text(),
    description: p.text().nullable(),
    type: p.enum(['STOCK', 'ETF', 'BOND', 'CRYPTO', 'COMMODITY']).nativeEnumName('instrument_type'),
    exchangeCode: p.text().nullable(),
    currencyCode: currencyColumn(),
    sector: p.text().nullable(),
    industry: p.text().nullable(),
    marketCap: sizeColumn(),
    sharesOutstanding: sizeColumn(),
    fundamentalData: settingsColumn(),
    isTradeable: p.boolean().default(true),
    listedDate: instantColumn().nullable(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
  },
});

export class Instrument extends InstrumentSchema.class {}
InstrumentSchema.setClass(Instrument);
