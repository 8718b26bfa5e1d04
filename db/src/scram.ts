import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4096;

/**
 * PostgreSQL's stored form of a password (RFC 5802, RFC 7677). Made here, so that the password itself never stands in a statement, and with
 * it in the server's log or in pg_stat_statements. Printable ASCII only: anything else would need SASLprep first.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(password))
    throw new TypeError('A database password has 1 to 200 printable ASCII characters and no space.');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(createHmac('sha256', salted).update('Client Key').digest()).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
