import type { ErrorCode } from '@trii/contract';
import { expect } from 'vitest';
import type { TestPlatform } from './test-platform.ts';

/** Everything that investors' money, holdings and events stand in. */
const TABLES = [
  'portfolios',
  'cash_balances',
  'exchanges',
  'positions',
  'postings',
  'holds',
  'payments',
  'bank_messages',
  'deposit_plans',
  'trades',
  'fills',
  'outbox',
  'deliveries',
] as const;

/** Rows and newest writing transaction: two equal ones say that nothing was inserted, changed or removed in between. */
const digestOf = (table: string): string => `count(*) || '@' || coalesce(max(xmin::text::bigint), 0) FROM ${table}`;
const FOOTPRINT = `SELECT jsonb_build_object(${TABLES.map((table) => `'${table}', (SELECT ${digestOf(table)})`).join(', ')}) AS tables`;
const AUDIT = `jsonb_build_object('outcome', a.outcome, 'new_values', a.new_values) ORDER BY a.created_at, a.id`;

export async function footprint(platform: TestPlatform): Promise<unknown> {
  const [row] = await platform.inspect(FOOTPRINT);
  return row;
}

/** Digests, and the audit rows from the given one on. */
const stateAfter = async (platform: TestPlatform, audited: number) => {
  const [row] = await platform.inspect<{ tables: unknown; audits: unknown[] }>(
    `${FOOTPRINT}, (SELECT coalesce(jsonb_agg(${AUDIT}), '[]') FROM (SELECT * FROM audit_logs ORDER BY created_at, id OFFSET $1) a) AS audits`,
    [audited],
  );
  return row ?? { tables: {}, audits: [] };
};

export interface ExpectedRefusal {
  readonly code: ErrorCode;
  readonly details?: Record<string, unknown>;
}

/** The call is refused with that code and those details, leaves one row in the audit that says so, and nothing else. Not beside other calls. */
export async function expectRefusal(platform: TestPlatform, attempt: () => Promise<unknown>, expected: ExpectedRefusal): Promise<void> {
  const before = await stateAfter(platform, 0);
  await expect(attempt()).rejects.toMatchObject(expected);
  expect(await stateAfter(platform, before.audits.length)).toEqual({
    tables: before.tables,
    audits: [{ outcome: 'refused', new_values: { refused: expected.code, ...expected.details } }],
  });
}
