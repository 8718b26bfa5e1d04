import { identity } from '@trii/contract';
import { Failure, handler } from '../platform/index.ts';
import { findPerson } from './personal-data.ts';

/** An operator's look at one person. Of somebody erased only the account is left. */
export const personHandler = handler(identity.person, async ({ sql }, { userId }) => {
  const found = await findPerson(sql, userId);
  if (found === undefined) throw new Failure('NOT_FOUND');
  const { email, kyc_status: kycStatus, is_active: isActive, suspended_at: suspendedAt, destroyed_at: destroyedAt } = found.account;
  return { ...found.personal, userId, email, kycStatus, isActive, suspendedAt, erasedAt: destroyedAt };
});
