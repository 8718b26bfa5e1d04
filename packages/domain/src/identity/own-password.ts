import { Failure, type PrepareContext, userIdOf } from '../platform/index.ts';

export interface OwnAccount {
  readonly email: string;
  /** The one that the password was compared with: whatever is done by it asks that it still stands. */
  readonly passwordHash: string;
}

/**
 * Whether this is the caller's password; undefined when it is not. Mistakes count like those at sign-in, so that a stolen session is no way to
 * guess faster.
 * @throws Failure RATE_LIMITED with `retryAfterMs`
 */
export async function compareOwnPassword(
  { ports, actor, origin, read, readAsNobody }: PrepareContext,
  password: string,
): Promise<OwnAccount | undefined> {
  const [user] = await read((sql) => sql<{ email: string }>`SELECT email FROM users WHERE id = ${userIdOf(actor)}`);
  const email = user?.email ?? '';
  const retryAfterMs = await ports.throttle.begin(email, origin.ipAddress);
  if (retryAfterMs > 0) throw new Failure('RATE_LIMITED', { retryAfterMs });
  // The investor's own role may not read a password hash, not even theirs.
  const [account] = await readAsNobody((sql) => sql<{ password_hash: string }>`SELECT password_hash FROM sign_in_lookup(${email})`);
  const passwordHash = account?.password_hash ?? null;
  if (!(await ports.passwords.verify(password, passwordHash)) || passwordHash === null) return undefined;
  await ports.throttle.succeeded(email, origin.ipAddress);
  return { email, passwordHash };
}
