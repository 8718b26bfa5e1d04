export * from './platform/index.ts';
export * from './entities.ts';
export { cacheRules, handlers, systemHandlers } from './handlers.ts';
export {
  eraseDocumentsHandler,
  exportedTables,
  leftOutOfExports,
  resolveApiKey,
  resolveSession,
  screenKycHandler,
  type SessionLookUp,
} from './identity/index.ts';
export * from './market/index.ts';
export * from './analytics/index.ts';
export * from './monitoring/index.ts';
export { checkLedgerHandler } from './portfolio/index.ts';
export type { CachedPrediction, PredictionCache, PredictionOf } from './models/index.ts';
export { type NotificationMark, type NotificationReplay, tellKycDecisionHandler } from './notifications/index.ts';
