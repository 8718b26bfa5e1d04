import { identity } from '@trii/contract';
import { Failure, handler, userIdOf } from '../../platform/index.ts';
import { findKycFile } from './kyc-file.ts';

/** Where the investor's own verification stands. */
export const kycHandler = handler(identity.kyc, async ({ sql, actor }) => {
  const file = await findKycFile(sql, userIdOf(actor));
  if (file === undefined) throw new Failure('UNAUTHENTICATED');
  return file;
});
