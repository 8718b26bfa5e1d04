import { identity } from '@trii/contract';
import { handler } from '../platform/index.ts';

const PEOPLE_MAX = 100;

/** Who gave this phone number: by its keyed hash, so that nobody's key is opened for it. */
export const peopleByPhoneHandler = handler(identity.peopleByPhone, async ({ sql }, { phone }) => {
  const rows = await sql<{ id: string }>`SELECT id FROM users WHERE phone_bidx = blind_index(${phone}) ORDER BY id LIMIT ${PEOPLE_MAX}`;
  return { userIds: rows.map(({ id }) => id) };
});
