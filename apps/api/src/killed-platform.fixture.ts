import { systemHandlers, localOrigin, systemActor } from '@trii/domain';
import { newId } from '@trii/kernel';
import { expect } from 'vitest';
import { runUnderKills, type KilledRun } from './tests/killed-platform.ts';

/** Kills for so long, and then holds the books to what every client was told. */
export async function survivesKills(seed: number, forMs: number): Promise<string> {
  const run = await runUnderKills(seed, forMs);
  try {
    expect(Math.min(run.kills.api, run.kills.workers, run.answers.length)).toBeGreaterThan(0);
    await expectSoundBooks(run);
    await expectAnswersTrue(run);
    return `${run.answers.length} answers, ${run.refusals} refusals, ${run.repeats} repeats, ${run.kills.api} + ${run.kills.workers} kills, seed ${seed}`;
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
  const rows = await platform.inspect<{ portfolio_id: string; transaction_id: string; kind: string; cash: string }>(
    `SELECT portfolio_id, transaction_id, min(kind::text) AS kind,
       trim_scale(sum(COALESCE(sum(amount) FILTER (WHERE account = 'cash'), 0)) OVER (PARTITION BY portfolio_id ORDER BY transaction_id))::text AS cash
     FROM postings WHERE effective_date = '2018-05-25' OR kind = 'DIVIDEND' OR effective_date = '2018-01-02' GROUP BY portfolio_id, transaction_id`,
  );
  const found = new Map(rows.map((row) => [`${row.portfolio_id} ${row.transaction_id}`, row]));
  const told = answers.flatMap(({ portfolioId, transactionId, cashBalance }) =>
    transactionId === undefined ? [] : [{ key: `${portfolioId} ${transactionId}`, cashBalance }],
  );
  expect(told.map(({ key }) => found.get(key)?.cash)).toEqual(told.map(({ cashBalance }) => cashBalance));
  expect(new Set(told.map(({ key }) => key)).size).toBe(told.length);
  const own = rows.filter(({ kind }) => !['DIVIDEND', 'HOLD'].includes(kind));
  // Three deposits and three purchases were there before.
  expect(own).toHaveLength(told.length + 6);
  const holds = await platform.inspect<{ id: string }>('SELECT id FROM holds');
  expect(holds.map(({ id }) => id).toSorted()).toEqual(answers.flatMap(({ holdId }) => holdId ?? []).toSorted());
}
