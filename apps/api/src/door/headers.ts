import { Failure } from '@trii/domain';
import { z } from 'zod';

const Bearer = z
  .string()
  .max(200)
  .regex(/^Bearer [A-Za-z0-9_-]+$/);
const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/);

/** Of a program's key, by its form alone: no session's token is as long. */
export const isApiKey = (token: string): boolean => /^trii_[\w-]{43}$/.test(token);

/** A header that is no bearer token at all is the same as none: the operation then says UNAUTHENTICATED. */
export function bearerToken(headers: Headers): string | undefined {
  const parsed = Bearer.safeParse(headers.get('authorization'));
  return parsed.success ? parsed.data.slice('Bearer '.length) : undefined;
}

/** @throws Failure INVALID_INPUT: a key that would be ignored would break the promise it stands for */
export function idempotencyKey(headers: Headers): string | undefined {
  const given = headers.get('idempotency-key');
  if (given === null) return undefined;
  const parsed = IdempotencyKey.safeParse(given);
  if (!parsed.success) throw new Failure('INVALID_INPUT', { header: 'Idempotency-Key', problem: '1 to 128 printable ASCII characters' });
  return parsed.data;
}
