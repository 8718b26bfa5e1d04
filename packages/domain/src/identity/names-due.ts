import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';

/** Asks the catalog alone, since the workers ask often: names are no longer due once the database itself refuses plain ones. */
export const namesDueHandler = handler(identity.namesDue, async ({ sql }) => {
  const sealed = await sql`SELECT FROM pg_constraint WHERE conrelid = 'users'::regclass AND conname = 'users_no_plain_pii' AND convalidated
    AND pg_get_constraintdef(oid) LIKE '%first_name IS NULL%'`;
  return { due: sealed.length === 0 };
});
