import { identity } from '@trii/contract';
import type { VersionedSettings } from './versioned.ts';

// Version 0 is what a row has in which nobody set anything: the defaults of version 1 stand here and nowhere else.

export const notificationSettings = {
  name: 'notifications',
  schema: identity.NotificationSettings,
  upgrades: [() => ({ email: true, muted: [], quietHours: null })],
} satisfies VersionedSettings<typeof identity.NotificationSettings>;

export const uiPreferences = {
  name: 'ui',
  schema: identity.UiPreferences,
  upgrades: [() => ({ theme: 'SYSTEM', hideAmounts: false, chartRange: '1Y' })],
} satisfies VersionedSettings<typeof identity.UiPreferences>;

export const tradingPreferences = {
  name: 'trading',
  schema: identity.TradingPreferences,
  upgrades: [() => ({ confirmOrders: true, orderType: 'MARKET' })],
} satisfies VersionedSettings<typeof identity.TradingPreferences>;
