import { systemHandlers, localOrigin, systemActor } from '@trii/domain';
import { newId } from '@trii/kernel';
import { expect } from 'vitest';
import { runUnderKills, type KilledRun, type Killing } from './tests/killed-platform.ts';

/** Kills for so long, and then holds the books to what every client was told. */
export async function survivesKills(killing: Killing): Promise<string> {
  const run = await runUnderKills(killing);
  try {
    expect(Math.min(run.kills.api, run.kills.workers, run.answers.length)).toBeGreaterThan(0);
    await expectSoundBooks(run);
    await expectAnswersTrue(run);
    await expectPaymentsTrue(run, killing.toTheEnd === true);
    return `${run.answers.length} answers, ${run.refusals} refusals, ${run.repeats} repeats, ${run.kills.api} + ${run.kills.workers} kills, seed ${killing.seed}`;
  } finally {
    await run.close();
  }
}

/** Zero-sum, and every balance as its postings say; each dividend once in every portfolio that held units. */
async function expectSoundBooks({ platform, dividends }: KilledRun): Promise<void> {
  const call = { actor: systemActor('test'), input: { runKey: newId() }, origin: localOrigin(newId()) };
  const { differences, postings } = await platform.executor.batch(systemHandlers.portfolio.checkLedger, call);
  expect({ differences, arePostings: postings > 0 }).toEqual({ differences: 0, arePostings: true });
  const paid = await platform.inspect<{ portfolio_id: string; applied: number; posted: number }>(
    `SELECT x.portfolio_id, count(*)::int AS applied, (SELECT count(DISTINCT transaction_id)::int FROM postings l WHERE l.portfolio_id = x.portfolio_id AND l.kind = 'DIVIDEND') AS posted
     FROM portfolio_actions x WHERE x.status = 'APPLIED' GROUP BY 1`,
  );
  expect(paid.map(({ applied, posted }) => [applied, posted])).toEqual([
    [dividends, dividends],
    [dividends, dividends],
    [dividends, dividends],
  ]);
}

/**
 * What was answered is in the books once, and with the cash that was told; and nothing is in the books that nobody was answered. Ids of transactions grow with
 * time, and a portfolio's are made under its lock.
 */
async function expectAnswersTrue({ platform, answers }: KilledRun): Promise<void> {
  const rows = await platform.inspect<{ portfolio_id: string; transaction_id: string; currency: string; cash: string }>(
    `SELECT portfolio_id, transaction_id, currency_code AS currency,
       trim_scale(sum(COALESCE(sum(amount) FILTER (WHERE account = 'cash'), 0)) OVER (PARTITION BY portfolio_id, currency_code ORDER BY transaction_id))::text AS cash
     FROM postings WHERE currency_code IS NOT NULL GROUP BY portfolio_id, transaction_id, currency_code`,
  );
  const found = new Map(rows.map((row) => [`${row.portfolio_id} ${row.transaction_id} ${row.currency}`, row]));
  const told = answers.flatMap(({ portfolioId, transactionId, currency, cashBalance }) =>
    transactionId === undefined ? [] : [{ key: `${portfolioId} ${transactionId}`, currency, cashBalance }],
  );
  expect(told.map(({ key, currency }) => found.get(`${key} ${currency}`)?.cash)).toEqual(told.map(({ cashBalance }) => cashBalance));
  expect(new Set(told.map(({ key, currency }) => `${key} ${currency}`)).size).toBe(told.length);
  const own = await platform.inspect<{ key: string }>(
    `SELECT DISTINCT portfolio_id || ' ' || transaction_id AS key FROM postings l
     WHERE kind NOT IN ('DIVIDEND', 'HOLD', 'RELEASE') AND NOT EXISTS (SELECT FROM payments p WHERE l.transaction_id IN (p.transaction_id, p.return_transaction_id))`,
  );
  // Three deposits and three purchases were there before.
  expect(own).toHaveLength(new Set(told.map(({ key }) => key)).size + 6);
  const holds = await platform.inspect<{ id: string }>(`SELECT id FROM holds WHERE holder = 'INVESTOR'`);
  expect(holds.map(({ id }) => id).toSorted()).toEqual(answers.flatMap(({ holdId }) => holdId ?? []).toSorted());
}

interface Paid {
  readonly id: string;
  readonly status: string;
  readonly asked: boolean;
  readonly accepted: boolean | null;
  /** What the bank says became of it, as far as that is here. */
  readonly said: string;
  /** Ledger transactions under its reference that move money in or out. */
  readonly posted: number;
  readonly kept: string;
}

/** Each payment that was answered is there, once; and here it came to what it came to in the bank's own books, once. */
async function expectPaymentsTrue({ platform, answers }: KilledRun, isSilent: boolean): Promise<void> {
  const paid = await platform.inspect<Paid>(
    `SELECT p.id, p.status, b.key IS NOT NULL AS asked, b.accepted,
       (SELECT COALESCE(string_agg(m.kind, ' ' ORDER BY m.kind DESC), '') FROM bank_messages m WHERE m.reference = p.reference) AS said,
       (SELECT count(DISTINCT l.transaction_id)::int FROM postings l WHERE l.memo = p.reference) AS posted,
       (SELECT COALESCE(string_agg(m.kind || ' ' || m.problem, ', '), '') FROM bank_messages m WHERE m.payment_id = p.id AND m.status <> 'APPLIED') AS kept
     FROM payments p LEFT JOIN simulated_bank_payments b ON b.key = p.id ORDER BY p.id`,
  );
  expect(paid.map(({ id }) => id).toSorted()).toEqual(answers.flatMap(({ paymentId }) => paymentId ?? []).toSorted());
  const cancelled = paid.filter(({ status }) => status === 'CANCELLED').map(({ id }) => id);
  expect(cancelled.toSorted()).toEqual(answers.flatMap(({ cancelledId }) => cancelledId ?? []).toSorted());
  expect(paid.map(courseOf)).toEqual(paid.map(({ status, posted }) => `${status} ${posted}`));
  if (isSilent) expect(paid.filter(({ status }) => status === 'SENT')).toEqual([]);
  const [strange] = await platform.inspect<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM simulated_bank_payments WHERE key NOT IN (SELECT id FROM payments)',
  );
  expect(strange).toEqual({ rows: 0 });
}

/** The status and the number of ledger transactions that follow from the bank's own books. */
function courseOf({ asked, accepted, said, kept }: Paid): string {
  if (!asked) return 'CANCELLED 0';
  if (accepted !== true || said === 'REJECTED') return 'REJECTED 0';
  // A return that comes first waits for what it takes back.
  if (!said.startsWith('SETTLED')) return 'SENT 0';
  if (said === 'SETTLED') return 'SETTLED 1';
  // What a deposit brought was spent before the bank took it back: an operator's.
  return kept === 'RETURNED INSUFFICIENT_CASH' ? 'SETTLED 1' : 'RETURNED 2';
}
