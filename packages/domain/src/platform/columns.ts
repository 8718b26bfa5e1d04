import { p } from '@mikro-orm/postgresql';

// The column types of the schema under one name each, so that an entity reads as the specification does.
// Every numeric is a decimal string in TypeScript: a float would round money.

export const idColumn = () => p.uuid().primary();
export const moneyColumn = () => p.decimal('string').precision(20).scale(8);
export const quantityColumn = () => p.decimal('string').precision(28).scale(8);
/** A return or another figure that is a fraction: 0.01 is 1 %. */
export const statisticColumn = () => p.decimal('string').precision(14).scale(8);
/** Percent: 1 is 1 %. */
export const percentColumn = () => p.decimal('string').precision(7).scale(4);
/** Between -1 and 1. */
export const scoreColumn = () => p.decimal('string').precision(5).scale(4);
export const currencyColumn = () => p.character().length(3);
/** A LocalDate string, 'YYYY-MM-DD'. */
export const dateColumn = () => p.date();
export const instantColumn = () => p.datetime().columnType('timestamptz');
export const nowColumn = () => instantColumn().defaultRaw('now()');
export const jsonColumn = <T = Record<string, unknown>>() => p.json<T>().columnType('jsonb');
/** Never null, and {} when nothing was said. */
export const settingsColumn = <T = Record<string, unknown>>() => jsonColumn<T>().defaultRaw(`'{}'::jsonb`);
export const textsColumn = () => p.array<string>().columnType('text[]');
export const bytesColumn = () => p.blob();
