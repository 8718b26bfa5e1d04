export * from './trading.ts';
