export * from './platform/index.ts';
export * from './entities.ts';
export { handlers, systemHandlers } from './handlers.ts';
export { resolveSession, type SessionLookUp } from './identity/index.ts';
export * from './market/index.ts';
export * from './analytics/index.ts';
export * from './monitoring/index.ts';
export { checkLedgerHandler } from './portfolio/index.ts';
