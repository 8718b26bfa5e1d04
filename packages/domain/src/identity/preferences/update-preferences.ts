import { identity } from '@trii/contract';
import { isCurrencyCode } from '@trii/kernel';
import { Failure, handler, type Sql, userIdOf } from '../../platform/index.ts';
import { findPreferences } from './find-preferences.ts';

/** Fields left out stay. The whole is written back under the current versions, so that what was lifted while it was read is kept lifted. */
export const updatePreferencesHandler = handler(identity.updatePreferences, async (ctx, changes) => {
  const userId = userIdOf(ctx.actor);
  if (changes.currency !== undefined && !isCurrencyCode(changes.currency))
    throw new Failure('INVALID_INPUT', { issues: [{ path: 'currency', problem: 'a currency of ISO 4217' }] });
  await assertTolerable(ctx.sql, userId, changes.riskTolerance ?? null);
  const at = ctx.clock.now();
  await ctx.sql`INSERT INTO user_preferences (user_id, updated_at) VALUES (${userId}, ${at}) ON CONFLICT DO NOTHING`;
  await ctx.sql`SELECT FROM user_preferences WHERE user_id = ${userId} FOR UPDATE`;
  const before = await findPreferences(ctx.sql, userId);
  const notifications = { ...before.notifications, ...changes.notifications };
  const ui = { ...before.ui, ...changes.ui };
  const trading = { ...before.trading, ...changes.trading };
  const { language = before.language, currency = before.currency, riskTolerance = before.riskTolerance } = changes;
  await ctx.sql`UPDATE user_preferences SET notification_settings = ${JSON.stringify(notifications)}::jsonb, ui_preferences = ${JSON.stringify(ui)}::jsonb,
      trading_preferences = ${JSON.stringify(trading)}::jsonb, preferred_language = ${language}, preferred_currency = ${currency},
      risk_tolerance = ${riskTolerance}::numeric, updated_at = ${at}
    WHERE user_id = ${userId}`;
  ctx.note({ entityId: userId, newValues: { updated: Object.keys(changes) } });
  return findPreferences(ctx.sql, userId);
});

/** More careful than the questionnaire found is the investor's own choice; bolder is not. */
async function assertTolerable(sql: Sql, userId: string, riskTolerance: string | null): Promise<void> {
  if (riskTolerance === null) return;
  const [last] = await sql<{ is_bolder: boolean; score: string }>`
    SELECT ${riskTolerance}::numeric > score AS is_bolder, trim_scale(score)::text AS score FROM risk_assessments WHERE user_id = ${userId} ORDER BY assessed_at DESC, id DESC LIMIT 1`;
  if (last?.is_bolder === true)
    throw new Failure('INVALID_INPUT', {
      issues: [{ path: 'riskTolerance', problem: `at most ${last.score}, which the questionnaire found` }],
    });
}
