import { z } from 'zod';

/** A call that hashes a password takes a quarter of a second of a core. */
export const HASHING_COST = 20;

/** Programs keep the token themselves; a browser keeps it where no script reads it. */
export const SessionTransport = z
  .enum(['bearer', 'cookie'])
  .default('bearer')
  .describe(
    '`cookie`: the browser keeps the token, HttpOnly, and each command and feed carries the header `X-CSRF-Token` of the newest answer.',
  );
export const SessionToken = z
  .string()
  .describe('Goes into the header `Authorization: Bearer …`; stored nowhere but with the caller. Empty when the transport is a cookie.');
