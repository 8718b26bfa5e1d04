export { Notification } from './notification.entity.ts';
