import type { identity, OutputOf } from '@trii/contract';
import { z } from 'zod';
import type { Sql } from '../platform/index.ts';

export type Personal = OutputOf<typeof identity.profile>;

interface PersonRow {
  readonly email: string;
  readonly kyc_status: 'PENDING' | 'VERIFIED' | 'REJECTED';
  readonly is_active: boolean;
  readonly suspended_at: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly phone: string | null;
  readonly birth_date: string | null;
  readonly income_range: string | null;
  readonly country_code: string | null;
  readonly timezone: string;
  readonly destroyed_at: string | null;
}

export interface PersonRecord {
  readonly personal: Personal;
  readonly account: Pick<PersonRow, 'email' | 'kyc_status' | 'is_active' | 'suspended_at' | 'destroyed_at'>;
}

const IncomeRange = z.object({ min: z.string().nullable(), max: z.string().nullable() });

/** What the tables say of a person, opened by the key of this transaction. Names of an older database are plain until encryptNames has moved them. */
export async function findPerson(sql: Sql, userId: string): Promise<PersonRecord | undefined> {
  const [row] = await sql<PersonRow>`
    SELECT u.email, u.kyc_status, u.is_active,
      to_char(u.suspended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS suspended_at,
      COALESCE(decrypt_pii(u.first_name_enc), u.first_name) AS first_name,
      COALESCE(decrypt_pii(u.last_name_enc), u.last_name) AS last_name, decrypt_pii(u.phone_enc) AS phone, decrypt_pii(u.birth_date_enc) AS birth_date,
      decrypt_pii(u.income_range_enc) AS income_range, u.country_code, u.timezone,
      to_char(k.destroyed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS destroyed_at
    FROM users u LEFT JOIN person_keys k ON k.user_id = u.id WHERE u.id = ${userId}`;
  if (row === undefined) return undefined;
  const personal = {
    firstName: row.first_name,
    lastName: row.last_name,
    phone: row.phone,
    birthDate: row.birth_date,
    incomeRange: row.income_range === null ? null : IncomeRange.parse(JSON.parse(row.income_range)),
    countryCode: row.country_code,
    timezone: row.timezone,
  };
  return { personal, account: row };
}
