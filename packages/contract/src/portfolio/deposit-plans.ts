import { z } from 'zod';
import { batch, command, query, scope, system } from '../declaration.ts';
import { CurrencyCode, Decimal, Id, PositiveAmount, SessionDate } from '../fields.ts';

export const PlanInterval = z.enum(['WEEKLY', 'MONTHLY']);
export const PlanStatus = z.enum(['ACTIVE', 'PAUSED', 'ENDED']);

export const DepositPlanView = z.object({
  id: Id,
  portfolioId: Id,
  bankAccountId: Id.nullable(),
  amount: Decimal,
  currency: z.string(),
  every: PlanInterval,
  startsOn: SessionDate,
  endsOn: SessionDate.nullable().describe('The last day that a run may be on; null: no end.'),
  nextOn: SessionDate.describe('Of the next run, while it is active.'),
  status: PlanStatus,
  problem: z.string().nullable().describe('Why the last run could not announce its payment; the next one tries again.'),
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };
const audit = { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' } as const;

export const planDeposit = command('cash.planDeposit', {
  summary:
    'Bring in the same sum every week or month, each run announced as a deposit. Runs that nobody was there for are made up for by one. A month that lacks the day takes its last.',
  input: z.strictObject({
    portfolioId: Id,
    bankAccountId: Id.optional().describe('Collect it there; left out, the investor has it wired.'),
    amount: PositiveAmount,
    currency: CurrencyCode,
    every: PlanInterval,
    startsOn: SessionDate.describe('The first run: the valuation date or later.'),
    endsOn: SessionDate.optional(),
  }),
  output: DepositPlanView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'CURRENCY_MISMATCH', 'INVALID_INPUT'],
  audit,
  example: {
    ...example,
    bankAccountId: '00000000-0000-7000-8000-000000000005',
    amount: '100.00',
    currency: 'USD',
    every: 'MONTHLY',
    startsOn: '2030-01-31',
  },
});

export const changeDepositPlan = command('cash.changeDepositPlan', {
  summary: 'Pause a plan, go on with it, or end it for good. What fell into a pause is not made up for.',
  input: z.strictObject({ portfolioId: Id, planId: Id, status: PlanStatus }),
  output: DepositPlanView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'PLAN_ENDED'],
  audit,
  example: { ...example, planId: '00000000-0000-7000-8000-000000000008', status: 'PAUSED' },
});

export const depositPlans = query('cash.depositPlans', {
  summary: 'The recurring deposits of a portfolio, newest first, at most 100.',
  input: z.strictObject({ portfolioId: Id }),
  output: z.object({ items: z.array(DepositPlanView) }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const plansDue = query('cash.plansDue', {
  summary: 'Whether a recurring deposit is due.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const runDepositPlans = batch('cash.runDepositPlans', {
  summary: 'Announce the recurring deposits that are due, one payment each.',
  input: z.strictObject({ runKey: z.string().min(1).max(60).describe('Names the run; the same one goes on where it stopped.') }),
  output: z.object({ announced: z.int(), problems: z.int() }),
  access: system,
  audit: { entityType: 'DEPOSIT_PLAN', action: 'UPDATE' },
  example: { runKey: 'example' },
});
