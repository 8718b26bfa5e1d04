export { ComplianceCheck } from './compliance-check.entity.ts';
