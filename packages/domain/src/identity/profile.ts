import { identity } from '@trii/contract';
import { Failure, handler, userIdOf } from '../platform/index.ts';
import { findPerson } from './personal-data.ts';

/** What the investor told about themselves. */
export const profileHandler = handler(identity.profile, async ({ sql, actor }) => {
  const found = await findPerson(sql, userIdOf(actor));
  if (found === undefined) throw new Failure('UNAUTHENTICATED');
  return found.personal;
});
