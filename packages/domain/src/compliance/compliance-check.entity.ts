import { defineEntity, p } from '@mikro-orm/postgresql';
import { User } from '../identity/index.ts';
import { instantColumn, settingsColumn, tenantPolicies } from '../platform/index.ts';
import { Portfolio } from '../portfolio/index.ts';

/** One verdict of one rule. Partitioned by month. */
const ComplianceCheckSchema = defineEntity({
  name: 'ComplianceCheck',
  tableName: 'compliance_checks',
  ...tenantPolicies('compliance_checks', ['user', 'admin', 'worker']),
  properties: {
    id: p.uuid().primary(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id').nullable().deleteRule('no action'),
    checkType: p.text(),
    status: p.enum(['PASS', 'FAIL', 'WARNING']).nativeEnumName('compliance_status'),
    checkDetails: settingsColumn(),
    violationReason: p.text().nullable(),
    checkedAt: instantColumn().defaultRaw('now()').primary(),
  },
  indexes: [{ name: 'idx_compliance_checks_user_date', columns: [{ name: 'user_id' }, { name: 'checked_at', sort: 'DESC' }] }],
});

export class ComplianceCheck extends ComplianceCheckSchema.class {}
ComplianceCheckSchema.setClass(ComplianceCheck);
