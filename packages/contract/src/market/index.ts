export * from './actions.ts';
export * from './market.ts';
export * from './exchange-rates.ts';
