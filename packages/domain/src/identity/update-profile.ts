import { identity, type InputOf } from '@trii/contract';
import { decimal, isTimeZone, localDateIn } from '@trii/kernel';
import { Failure, handler, userIdOf, type Sql } from '../platform/index.ts';
import { findPerson, type Personal } from './personal-data.ts';

type Changes = InputOf<typeof identity.updateProfile>;

/** Fields left out stay as they are; null takes back. What changed goes into the audit under the person's own key. */
export const updateProfileHandler = handler(identity.updateProfile, async (ctx, changes) => {
  const userId = userIdOf(ctx.actor);
  assertSensible(changes, localDateIn(ctx.clock.now(), 'UTC'));
  await ctx.sql`SELECT FROM users WHERE id = ${userId} FOR UPDATE`;
  const before = await findPerson(ctx.sql, userId);
  if (before === undefined) throw new Failure('UNAUTHENTICATED');
  await write(ctx.sql, userId, changes);
  const updated = Object.keys(changes).filter((field): field is keyof Personal => field in before.personal);
  const old = Object.fromEntries(updated.map((field) => [field, before.personal[field]]));
  ctx.note({ entityId: userId, newValues: { updated }, personal: { old, new: changes } });
  return { updated };
});

function assertSensible({ birthDate, incomeRange, timezone }: Changes, today: string): void {
  const issues: { path: string; problem: string }[] = [];
  if (timezone !== undefined && !isTimeZone(timezone))
    issues.push({ path: 'timezone', problem: 'an IANA time zone such as "America/Bogota"' });
  if (typeof birthDate === 'string' && birthDate > today) issues.push({ path: 'birthDate', problem: 'a date in the past' });
  const { min = null, max = null } = incomeRange ?? {};
  if (min !== null && max !== null && decimal(min).gt(decimal(max))) issues.push({ path: 'incomeRange', problem: 'min above max' });
  if (issues.length > 0) throw new Failure('INVALID_INPUT', { issues });
}

/** Into the inboxes, out of which the trigger takes it; NULL there changes nothing, so what is taken back is cleared in place. */
async function write(sql: Sql, userId: string, changes: Changes): Promise<void> {
  const { firstName, lastName, phone, birthDate, incomeRange, countryCode, timezone } = changes;
  await sql`UPDATE users SET
      first_name = ${firstName ?? null}, last_name = ${lastName ?? null}, phone = ${phone ?? null}, birth_date = ${birthDate ?? null},
      income_range_min = ${incomeRange?.min ?? null}, income_range_max = ${incomeRange?.max ?? null},
      phone_enc = CASE WHEN ${phone === null}::boolean THEN NULL ELSE phone_enc END,
      phone_bidx = CASE WHEN ${phone === null}::boolean THEN NULL ELSE phone_bidx END,
      birth_date_enc = CASE WHEN ${birthDate === null}::boolean THEN NULL ELSE birth_date_enc END,
      income_range_enc = CASE WHEN ${incomeRange === null}::boolean THEN NULL ELSE income_range_enc END,
      country_code = COALESCE(${countryCode ?? null}, country_code), timezone = COALESCE(${timezone ?? null}, timezone), updated_at = now()
    WHERE id = ${userId}`;
}
