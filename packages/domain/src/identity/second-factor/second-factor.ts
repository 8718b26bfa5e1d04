import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';

interface FactorRow {
  readonly confirmed_at: string | null;
  readonly codes_left: number;
}

/** Whether signing in asks for a second factor, and how many recovery codes are left. */
export const secondFactorHandler = handler(identity.secondFactor, async ({ sql, actor }) => {
  const userId = userIdOf(actor);
  const [factor] = await sql<FactorRow>`
    SELECT to_char(f.confirmed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS confirmed_at,
      (SELECT count(*)::int FROM recovery_codes c WHERE c.user_id = f.user_id AND c.used_at IS NULL) AS codes_left
    FROM totp_factors f WHERE f.user_id = ${userId} AND f.confirmed_at IS NOT NULL`;
  return { confirmedAt: factor?.confirmed_at ?? null, recoveryCodesLeft: factor?.codes_left ?? 0 };
});
