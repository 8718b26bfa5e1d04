import { defineEntity, p } from '@mikro-orm/postgresql';
import { User } from '../identity/index.ts';
import { idColumn, instantColumn, nowColumn, settingsColumn, tenantPolicies } from '../platform/index.ts';

const notificationTypes = [
  'TRADE_EXECUTED',
  'PORTFOLIO_ALERT',
  'MARKET_NEWS',
  'KYC',
  'SECURITY',
  'COMPLIANCE',
  'REBALANCING',
  'CASH',
] as const;
const newestFirst = [{ name: 'user_id' }, { name: 'created_at', sort: 'DESC' as const }];

const NotificationSchema = defineEntity({
  name: 'Notification',
  tableName: 'notifications',
  ...tenantPolicies('notifications', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id'),
    type: p.enum(notificationTypes).nativeEnumName('notification_type'),
    title: p.text(),
    message: p.text(),
    metadata: settingsColumn(),
    priority: p.enum(['LOW', 'MEDIUM', 'HIGH', 'URGENT']).nativeEnumName('notification_priority').default('MEDIUM'),
    isRead: p.boolean().default(false),
    createdAt: nowColumn(),
    readAt: instantColumn().nullable(),
  },
  indexes: [
    { name: 'idx_notifications_user_date', columns: newestFirst },
    { name: 'idx_notifications_unread', columns: newestFirst, where: 'not is_read' },
  ],
});

export class Notification extends NotificationSchema.class {}
NotificationSchema.setClass(Notification);
