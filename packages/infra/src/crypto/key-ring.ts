import { z } from 'zod';
import type { MasterKey } from './key-vault.ts';

/** 32 bytes as base64url. */
const KEY = /^[A-Za-z0-9_-]{43}$/;
const ENTRY = /^[a-z0-9][a-z0-9._-]{0,39}:[A-Za-z0-9_-]{43}$/;
const MASTER_KEYS_MAX = 20;

/** `id:key,id:key`, the current one first. What is wrong with it is told without repeating any of it. */
export const MasterKeys = z.string().transform((text, context): MasterKey[] => {
  const entries = text.split(',').map((entry) => entry.trim());
  const problem = problemOf(entries);
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  }
  return entries.map((entry) => {
    const [id = '', key = ''] = entry.split(':');
    return { id, key: Buffer.from(key, 'base64url') };
  });
});

export const BlindIndexKey = z.string().regex(KEY, 'not 32 bytes as base64url');

function problemOf(entries: readonly string[]): string | undefined {
  if (entries.length > MASTER_KEYS_MAX) return `more than ${MASTER_KEYS_MAX} keys`;
  const wrong = entries.findIndex((entry) => !ENTRY.test(entry));
  if (wrong >= 0) return `entry ${wrong + 1} is not "id:key" with a key of 32 bytes as base64url`;
  const ids = entries.map((entry) => entry.split(':')[0]);
  return new Set(ids).size < ids.length ? 'an id stands there twice' : undefined;
}
