import { cash as contract, type OutputOf } from '@trii/contract';
import { addDays, decimal, invariant, isCurrencyCode, newId, parseLocalDate, toDecimalString } from '@trii/kernel';
import { handler, valuationDate, type Sql } from '../../platform/index.ts';
import { payableAmount, refuseField } from '../amount-rules.ts';
import { requireAccount } from '../bank/request-payment.ts';
import { lockPortfolio } from '../lock-portfolio.ts';
import { requirePortfolio } from '../read-ledger.ts';
import { runAfter } from './plan-calendar.ts';

type View = OutputOf<typeof contract.planDeposit>;

const PLANS_MAX = 100;

interface Row {
  readonly id: string;
  readonly portfolio_id: string;
  readonly bank_account_id: string | null;
  readonly amount: string;
  readonly currency_code: string;
  readonly every: View['every'];
  readonly starts_on: string;
  readonly ends_on: string | null;
  readonly next_on: string;
  readonly status: View['status'];
  readonly problem: string | null;
}

/** Nothing is announced before its day. */
export const planDepositHandler = handler(contract.planDeposit, async (ctx, input) => {
  const { portfolioId, bankAccountId, currency, every, startsOn, endsOn = null } = input;
  const { userId } = await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  if (!isCurrencyCode(currency)) return refuseField(ctx, 'currency', 'a currency of ISO 4217');
  const { amount } = payableAmount(ctx, { field: 'amount', amount: input.amount, currency });
  if (bankAccountId !== undefined) await requireAccount(ctx, bankAccountId, currency);
  const today = await valuationDate(ctx.sql, ctx.clock);
  if (startsOn < today) return refuseField(ctx, 'startsOn', `${today} or later`);
  if (endsOn !== null && endsOn < startsOn) return refuseField(ctx, 'endsOn', 'not before startsOn');
  const id = newId();
  await ctx.sql`
    INSERT INTO deposit_plans (id, user_id, portfolio_id, bank_account_id, amount, currency_code, every, starts_on, ends_on, next_on)
    VALUES (${id}, ${userId}, ${portfolioId}, ${bankAccountId ?? null}, ${toDecimalString(amount)}, ${currency}, ${every}::plan_interval, ${startsOn}, ${endsOn}, ${startsOn})`;
  ctx.note({ newValues: { planId: id, amount: toDecimalString(amount), currency, every, startsOn, endsOn } });
  return planView(ctx.sql, portfolioId, id);
});

/** Gone on with, it starts with the next of its days: what fell into the pause is over. */
export const changeDepositPlanHandler = handler(contract.changeDepositPlan, async (ctx, { portfolioId, planId, status }) => {
  await lockPortfolio(ctx, portfolioId, ['ACTIVE', 'SUSPENDED']);
  const [plan] = await ctx.sql<Row>`SELECT * FROM deposit_plans WHERE id = ${planId} AND portfolio_id = ${portfolioId} FOR NO KEY UPDATE`;
  if (plan === undefined) return ctx.refuse('NOT_FOUND', { planId });
  if (plan.status === 'ENDED') return ctx.refuse('PLAN_ENDED', { planId });
  const yesterday = addDays(await valuationDate(ctx.sql, ctx.clock), -1);
  const isResumed = plan.status === 'PAUSED' && status === 'ACTIVE';
  const nextOn = isResumed ? runAfter({ every: plan.every, startsOn: parseLocalDate(plan.starts_on) }, yesterday) : plan.next_on;
  await ctx.sql`UPDATE deposit_plans SET status = ${status}::plan_status, next_on = ${nextOn}, updated_at = now() WHERE id = ${planId}`;
  ctx.note({ oldValues: { status: plan.status }, newValues: { planId, status, nextOn } });
  return planView(ctx.sql, portfolioId, planId);
});

export const depositPlansHandler = handler(contract.depositPlans, async ({ sql }, { portfolioId }) => {
  const items = await readPlans(sql, portfolioId);
  if (items.length === 0) await requirePortfolio(sql, portfolioId);
  return { items };
});

async function planView(sql: Sql, portfolioId: string, id: string): Promise<View> {
  const [view] = await readPlans(sql, portfolioId, id);
  invariant(view !== undefined, 'what was just written is there');
  return view;
}

async function readPlans(sql: Sql, portfolioId: string, id?: string): Promise<View[]> {
  const rows = await sql<Row>`
    SELECT id, portfolio_id, bank_account_id, amount, currency_code, every, starts_on, ends_on, next_on, status, problem
    FROM deposit_plans WHERE portfolio_id = ${portfolioId} AND (${id ?? null}::uuid IS NULL OR id = ${id ?? null}::uuid) ORDER BY id DESC LIMIT ${PLANS_MAX}`;
  return rows.map((row) => ({
    id: row.id,
    portfolioId: row.portfolio_id,
    bankAccountId: row.bank_account_id,
    amount: toDecimalString(decimal(row.amount)),
    currency: row.currency_code,
    every: row.every,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    nextOn: row.next_on,
    status: row.status,
    problem: row.problem,
  }));
}
