import type { NotificationReplay } from '@trii/domain';
import type { Redis } from 'ioredis';
import { keyOf, notificationsStream } from './keys.ts';
import { readEntries } from './streams.ts';

/** Replays one user's notifications: which ones there were, since the stream holds ids and PostgreSQL the rest. */
export function redisNotificationReplay(redis: Redis): NotificationReplay {
  return {
    async replay(userId, reading) {
      const place = { stream: notificationsStream, key: keyOf(notificationsStream, { user_id: userId }) };
      const { entries, next, isGap } = await readEntries(redis, place, reading);
      return { items: entries.map(({ id, entry }) => ({ id, name: entry.name, notificationId: entry.notification })), next, isGap };
    },
  };
}
