export { tellAccrualsHandler } from './tell-accruals.ts';
export { tellKycDecisionHandler } from './tell-kyc-decision.ts';
export { Notification } from './notification.entity.ts';
export type { NotificationMark, NotificationReplay } from './ports.ts';
