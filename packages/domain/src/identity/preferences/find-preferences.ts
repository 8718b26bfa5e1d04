import type { identity, OutputOf } from '@trii/contract';
import type { Sql } from '../../platform/index.ts';
import { notificationSettings, tradingPreferences, uiPreferences } from './settings.ts';
import { readSettings } from './versioned.ts';

export type Preferences = OutputOf<typeof identity.preferences>;

interface PreferencesRow {
  readonly notification_settings: unknown;
  readonly ui_preferences: unknown;
  readonly trading_preferences: unknown;
  readonly preferred_language: Preferences['language'];
  readonly preferred_currency: string;
  readonly risk_tolerance: string | null;
  readonly updated_at: string | null;
}

/** As the table's own defaults have it. */
const unset: PreferencesRow = {
  notification_settings: {},
  ui_preferences: {},
  trading_preferences: {},
  preferred_language: 'es',
  preferred_currency: 'USD',
  risk_tolerance: null,
  updated_at: null,
};

/** The investor's preferences under the current version of each group, defaults where nothing was set. */
export async function findPreferences(sql: Sql, userId: string): Promise<Preferences> {
  const [row = unset] = await sql<PreferencesRow>`
    SELECT notification_settings, ui_preferences, trading_preferences, preferred_language, preferred_currency, trim_scale(risk_tolerance) AS risk_tolerance,
      to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at
    FROM user_preferences WHERE user_id = ${userId}`;
  return {
    language: row.preferred_language,
    currency: row.preferred_currency,
    riskTolerance: row.risk_tolerance,
    notifications: readSettings(notificationSettings, row.notification_settings),
    ui: readSettings(uiPreferences, row.ui_preferences),
    trading: readSettings(tradingPreferences, row.trading_preferences),
    updatedAt: row.updated_at,
  };
}
