import type { ErrorCode } from '@trii/contract';
import { expect } from 'vitest';
import type { TestPlatform } from './test-platform.ts';

/** Everything that investors' money, holdings and events stand in. */
const TABLES = ['portfolios', 'positions', 'postings', 'holds', 'trades', 'fills', 'outbox', 'deliveries'] as const;

/** Row counts and a digest of every row: two equal ones say that nothing was written in between. */
export async function footprint(platform: TestPlatform): Promise<Record<string, unknown>> {
  const of = (table: string): string =>
    `(SELECT jsonb_build_array(count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))) FROM ${table} t) AS ${table}`;
  const [row] = await platform.inspect(`SELECT ${TABLES.map(of).join(', ')}`);
  return row ?? {};
}

export interface ExpectedRefusal {
  readonly code: ErrorCode;
  readonly details?: Record<string, unknown>;
}

/** The call is refused with that code and those details, leaves one row in the audit that says so, and nothing else. Not beside other calls. */
export async function expectRefusal(platform: TestPlatform, attempt: () => Promise<unknown>, expected: ExpectedRefusal): Promise<void> {
  const before = await footprint(platform);
  const [audited] = await platform.inspect<{ count: string }>('SELECT count(*) FROM audit_logs');
  await expect(attempt()).rejects.toMatchObject(expected);
  expect(await footprint(platform)).toEqual(before);
  const rows = await platform.inspect<{ outcome: string; new_values: unknown }>(
    'SELECT outcome, new_values FROM audit_logs ORDER BY created_at, id OFFSET $1',
    [audited?.count],
  );
  expect(rows).toEqual([{ outcome: 'refused', new_values: { refused: expected.code, ...expected.details } }]);
}
