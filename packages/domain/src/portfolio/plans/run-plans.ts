import { cash as contract } from '@trii/contract';
import { parseLocalDate, type LocalDate } from '@trii/kernel';
import { handler, Refusal, valuationDate, type ChunkContext } from '../../platform/index.ts';
import { announcePayment } from '../bank/request-payment.ts';
import { runAfter } from './plan-calendar.ts';

export const plansDueHandler = handler(contract.plansDue, async ({ sql, clock }) => {
  const today = await valuationDate(sql, clock);
  const rows = await sql`SELECT FROM deposit_plans WHERE status = 'ACTIVE' AND next_on <= ${today} LIMIT 1`;
  return { due: rows.length > 0 };
});

interface DuePlan {
  readonly id: string;
  readonly portfolio_id: string;
  readonly bank_account_id: string | null;
  readonly amount: string;
  readonly currency_code: string;
  readonly every: 'WEEKLY' | 'MONTHLY';
  readonly starts_on: string;
  readonly ends_on: string | null;
}

/**
 * One plan a transaction, so that none waits for another's investor. Its next day is written with the payment: run twice, or by two at once, a day is
 * announced once, and days that nobody was there for are made up for by one payment. What refuses a payment is told in the plan, and its next day comes.
 */
export const runDepositPlansHandler = handler(contract.runDepositPlans, {
  progress: ({ runKey }) => ({ shard: '*', runKey }),
  async chunk(ctx) {
    const today = await valuationDate(ctx.sql, ctx.clock);
    const [plan] = await ctx.sql<DuePlan>`
      SELECT id, portfolio_id, bank_account_id, amount, currency_code, every, starts_on, ends_on FROM deposit_plans
      WHERE status = 'ACTIVE' AND next_on <= ${today} ORDER BY next_on, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`;
    if (plan === undefined) return { cursor: null, counts: {}, rows: 0 };
    const problem = await announced(ctx, plan);
    const nextOn = runAfter({ every: plan.every, startsOn: parseLocalDate(plan.starts_on) }, today);
    await ctx.sql`
      UPDATE deposit_plans SET next_on = ${nextOn}, status = ${isOver(plan, nextOn) ? 'ENDED' : 'ACTIVE'}::plan_status, problem = ${problem}, updated_at = now()
      WHERE id = ${plan.id}`;
    const counts = problem === null ? { announced: 1 } : { problems: 1 };
    return { cursor: plan.id, counts, rows: 1, ...(problem === null ? {} : { problems: [{ planId: plan.id, problem }] }) };
  },
  finish: ({ announced: count = 0, problems = 0 }) => ({ announced: count, problems }),
});

const isOver = ({ ends_on: endsOn }: DuePlan, nextOn: LocalDate): boolean => endsOn !== null && nextOn > endsOn;

/** @returns why it could not be; null when it was */
async function announced(ctx: ChunkContext, plan: DuePlan): Promise<string | null> {
  const { sql, clock, emit } = ctx;
  const refuse = (code: ConstructorParameters<typeof Refusal>[0], details: Record<string, unknown>): never => {
    throw new Refusal(code, details);
  };
  try {
    await announcePayment(
      { sql, clock, emit, note: () => undefined, refuse },
      {
        portfolioId: plan.portfolio_id,
        bankAccountId: plan.bank_account_id ?? undefined,
        amount: plan.amount,
        currency: plan.currency_code,
        memo: 'recurring',
      },
    );
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
