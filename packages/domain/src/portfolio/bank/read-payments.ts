import type { cash, OutputOf } from '@trii/contract';
import { decimal, invariant, toDecimalString } from '@trii/kernel';
import type { Sql } from '../../platform/index.ts';
import { LAST_ID } from '../read-ledger.ts';

type View = OutputOf<typeof cash.announceDeposit>;

interface Row {
  readonly id: string;
  readonly portfolio_id: string;
  readonly direction: View['direction'];
  readonly status: View['status'];
  readonly amount: string;
  readonly currency_code: string;
  readonly bank_account_id: string | null;
  readonly reference: string;
  readonly memo: string | null;
  readonly failure: string | null;
  readonly transaction_id: string | null;
  readonly created_at: string;
  readonly settled_at: string | null;
}

interface Page {
  readonly id?: string;
  readonly before: string;
  readonly limit: number;
}

/** Newest first. */
export async function readPayments(sql: Sql, portfolioId: string, { id, before, limit }: Page): Promise<View[]> {
  const rows = await sql<Row>`
    SELECT id, portfolio_id, direction, status, amount, currency_code, bank_account_id, reference, memo, failure, transaction_id,
      to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
      to_char(settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS settled_at
    FROM payments WHERE portfolio_id = ${portfolioId} AND id < ${before}::uuid AND (${id ?? null}::uuid IS NULL OR id = ${id ?? null}::uuid)
    ORDER BY id DESC LIMIT ${limit}`;
  return rows.map((row) => ({
    id: row.id,
    portfolioId: row.portfolio_id,
    direction: row.direction,
    status: row.status,
    amount: toDecimalString(decimal(row.amount)),
    currency: row.currency_code,
    bankAccountId: row.bank_account_id,
    reference: row.reference,
    memo: row.memo,
    failure: row.failure,
    transactionId: row.transaction_id,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  }));
}

export async function paymentView(sql: Sql, portfolioId: string, id: string): Promise<View> {
  const [view] = await readPayments(sql, portfolioId, { id, before: LAST_ID, limit: 1 });
  invariant(view !== undefined, 'what was just written is there');
  return view;
}
