import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { CurrencyCode, Instant } from '../fields.ts';

/** What an investor is told in. The platform has texts in these. */
export const Language = z.enum(['es', 'en']);
export type Language = z.output<typeof Language>;

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as "22:00"')
  .describe('In the time zone of the profile.');
const MutableType = z.enum(['TRADE_EXECUTED', 'PORTFOLIO_ALERT', 'MARKET_NEWS', 'REBALANCING', 'CASH']);

/** Version 1 of each. A new version is a new schema here and a step that lifts the one before it, in domain's settings.ts. */
export const NotificationSettings = z.strictObject({
  version: z.literal(1),
  email: z.boolean().describe('Also by mail.'),
  muted: z.array(MutableType).max(5).describe('What is not told at all. Security, compliance and KYC cannot be muted.'),
  quietHours: z
    .strictObject({ from: TimeOfDay, to: TimeOfDay })
    .nullable()
    .describe('No mail in between; over midnight where `from` is later.'),
});

export const UiPreferences = z.strictObject({
  version: z.literal(1),
  theme: z.enum(['SYSTEM', 'LIGHT', 'DARK']),
  hideAmounts: z.boolean(),
  chartRange: z.enum(['1M', '3M', '6M', '1Y', '5Y', 'MAX']),
});

export const TradingPreferences = z.strictObject({
  version: z.literal(1),
  confirmOrders: z.boolean().describe('Ask once more before an order is sent.'),
  orderType: z.enum(['MARKET', 'LIMIT']).describe('What an order form begins with.'),
});

const RiskTolerance = z
  .string()
  .regex(/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/, 'a decimal from "0" (none) to "1" (all)')
  .describe('A decimal from "0" (none) to "1" (all).');

const Preferences = z.object({
  language: Language,
  currency: z.string(),
  riskTolerance: z.string().nullable(),
  notifications: NotificationSettings,
  ui: UiPreferences,
  trading: TradingPreferences,
  updatedAt: Instant.nullable().describe('Null: nothing was set so far, these are the defaults.'),
});

export const preferences = query('identity.preferences', {
  summary:
    'How the investor wants to be addressed, told and shown things. What was stored under an older version is answered under the current one.',
  input: z.strictObject({}),
  output: Preferences,
  access: scope('read'),
  example: {},
});

export const updatePreferences = command('identity.updatePreferences', {
  summary:
    'Change preferences: fields left out stay, in the three groups of settings too. A field that is not declared is refused by its path.',
  input: z
    .strictObject({
      language: Language.optional(),
      currency: CurrencyCode.optional(),
      riskTolerance: RiskTolerance.nullable().optional(),
      notifications: NotificationSettings.partial().optional(),
      ui: UiPreferences.partial().optional(),
      trading: TradingPreferences.partial().optional(),
    })
    .refine((changes) => Object.keys(changes).length > 0, 'a field to change'),
  output: Preferences,
  access: scope('write'),
  audit: { entityType: 'PREFERENCES', action: 'UPDATE' },
  example: { language: 'en', currency: 'COP', notifications: { muted: ['MARKET_NEWS'] }, ui: { theme: 'DARK' } },
});
