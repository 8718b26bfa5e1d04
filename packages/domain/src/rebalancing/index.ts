export { RebalanceEvent } from './rebalance-event.entity.ts';
