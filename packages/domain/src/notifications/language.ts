import type { identity } from '@trii/contract';
import type { Sql } from '../platform/index.ts';

/** What an investor is told in; Spanish unless they chose. */
export async function languageOf(sql: Sql, userId: string): Promise<identity.Language> {
  const [chosen] = await sql<{ preferred_language: string }>`SELECT preferred_language FROM user_preferences WHERE user_id = ${userId}`;
  return chosen?.preferred_language === 'en' ? 'en' : 'es';
}
