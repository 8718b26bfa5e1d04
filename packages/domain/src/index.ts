export * from './platform/index.ts';
export * from './entities.ts';
export { handlers, systemHandlers } from './handlers.ts';
export { resolveSession, type SessionLookUp } from './identity/index.ts';
export {
  depositHandler,
  historyHandler,
  listHandler,
  openHandler,
  summaryHandler,
  updatesHandler,
  withdrawHandler,
} from './portfolio/index.ts';
export { recordTradeHandler } from './trading/index.ts';
export * from './market/index.ts';
export * from './analytics/index.ts';
