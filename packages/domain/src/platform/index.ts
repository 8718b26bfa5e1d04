export * from './actor.ts';
export { AuditFault } from './audit/audit-fault.ts';
export { auditHeadsHandler } from './audit/audit-heads.ts';
export { auditTrailHandler, myAuditHandler } from './audit/audit-trail.ts';
export { type AuditSink, type ExportProgress, exportAuditHandler } from './audit/export-audit.ts';
export { type AuditReport, type FileLine, type NotedHead, verifyAudit } from './audit/verify-audit.ts';
export { auditDueHandler, closeAuditBlocksHandler } from './audit/close-audit-blocks.ts';
export { nobody } from './authorise.ts';
export { deliveriesOf, type Deliveries, type DeliveryKey } from './deliveries.ts';
export { createExecutor, type Executor } from './executor.ts';
export type { BatchCall, Call, ExecutorParts } from './execution.ts';
export type { FeedCall } from './execute-feed.ts';
export { errorState, Failure, Refusal, toFailure } from './failure.ts';
export * from './handler.ts';
export { applyRetentionHandler, retentionHandler, setRetentionHandler } from './retention.ts';
export { runningBatchesHandler } from './running-batches.ts';
export { jobProgressHandler } from './job-progress.ts';
export { sessionKeys, setKeys } from './personal-keys.ts';
export * from './ports.ts';
export {
  cacheFamilies,
  cacheRulesOf,
  dropAfter,
  type CacheDrops,
  type CachedRead,
  type CacheFamily,
  type CacheRules,
  type CacheSlot,
  type Caching,
  type ReadCache,
} from './read-cache.ts';
export * from './relay.ts';
export { requestJobHandler } from './request-job.ts';
export { setValuationDateHandler } from './set-valuation-date.ts';
export * from './transactions.ts';
export { valuationDate, valuationDateHandler } from './valuation-date.ts';
export * from './columns.ts';
export { tenantPolicies } from './policies.ts';
export { maintainPartitionsHandler } from './maintain-partitions.ts';
export { deadDeliveriesHandler } from './dead-deliveries.ts';
export { redriveDeliveryHandler } from './redrive-delivery.ts';
