export * from './market.ts';
export * from './exchange-rates.ts';
