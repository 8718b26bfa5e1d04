export { TechnicalIndicator } from './technical-indicator.entity.ts';
