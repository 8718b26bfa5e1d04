import { scaleSql } from '@trii/db';
import { CodedError } from '@trii/kernel';
import type { Client } from 'pg';

export interface Check {
  readonly name: string;
  /** A fault must not be there at all; anything else at least `wanted` times. */
  readonly isFault: boolean;
  readonly found: number;
  readonly wanted: number;
}

/** Everything that is there is counted and the ledger is added up anew, without trust in what wrote it. */
export async function readChecks(client: Client, portfolios: number): Promise<Check[]> {
  await client.query('UPDATE scale_chunk SET first = 1, last = $1', [portfolios]);
  const { rows } = await client.query<{ name: string; is_fault: boolean; found: string; wanted: string }>(scaleSql('checks'));
  return rows.map(({ name, is_fault: isFault, found, wanted }) => ({ name, isFault, found: Number(found), wanted: Number(wanted) }));
}

export const holds = ({ isFault, found, wanted }: Check): boolean => (isFault ? found === 0 : found >= wanted);

/** @throws CodedError SCALE_NOT_LAWFUL */
export function failedChecks(checks: readonly Check[]): void {
  const failed = checks.filter((check) => !holds(check));
  if (failed.length === 0) return;
  const texts = failed.map(({ name, found, wanted }) => `${name}: ${found}, not ${wanted}`);
  throw new CodedError(
    'SCALE_NOT_LAWFUL',
    `The load does not hold what it must: ${texts.join('; ')}. Remove the data folder and tell us.`,
    {
      details: { failed },
    },
  );
}
