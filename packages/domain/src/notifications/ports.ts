import type { StreamItems, StreamReading } from '../platform/index.ts';

export interface NotificationMark {
  /** The event's name. */
  readonly name: string;
  readonly notificationId: string;
}

/** `stream:notifications:{user_id}`: the newest thousand of one user, gone a week after the last. PostgreSQL has them all. */
export interface NotificationReplay {
  replay(userId: string, reading: StreamReading): Promise<StreamItems<NotificationMark>>;
}
