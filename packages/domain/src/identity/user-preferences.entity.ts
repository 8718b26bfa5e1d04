import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, nowColumn, scoreColumn, settingsColumn, tenantPolicies } from '../platform/index.ts';
import { User } from './user.entity.ts';

const UserPreferencesSchema = defineEntity({
  name: 'UserPreferences',
  tableName: 'user_preferences',
  ...tenantPolicies('user_preferences', ['user', 'worker']),
  properties: {
    userId: () => p.manyToOne(User).mapToPk().joinColumn('user_id').primary().deleteRule('no action').updateRule('no action'),
    notificationSettings: settingsColumn(),
    uiPreferences: settingsColumn(),
    tradingPreferences: settingsColumn(),
    preferredLanguage: p.text().default('es'),
    preferredCurrency: currencyColumn().default('USD'),
    riskTolerance: scoreColumn().nullable(),
    updatedAt: nowColumn(),
  },
  checks: [{ name: 'user_preferences_risk_tolerance_range', expression: 'risk_tolerance >= 0 and risk_tolerance <= 1' }],
});

export class UserPreferences extends UserPreferencesSchema.class {}
UserPreferencesSchema.setClass(UserPreferences);
