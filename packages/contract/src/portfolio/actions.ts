import { z } from 'zod';
import { batch, command, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Decimal, Id, PageLimit, SessionDate } from '../fields.ts';
import { ActionKind } from '../market/index.ts';

/** The id space is cut into this many equal parts; one job each. Fixed: an action remembers by one bit each which are done. */
export const ACTION_SHARDS = 16;
const Shard = z
  .int()
  .min(0)
  .max(ACTION_SHARDS - 1);
const runExample = { runKey: 'example', through: '2018-01-02' };

export const ActionShardDue = event('portfolio.ActionShardDue', {
  aggregateType: 'ACTION_SHARD',
  payload: z.object({ shard: Shard, runKey: z.string().max(64), through: SessionDate }),
});

/** A corporate action moved something in a portfolio, by that ledger transaction. */
export const ActionApplied = event('portfolio.ActionApplied', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, actionId: Id, transactionId: Id }),
});

export const actionsDue = query('portfolio.actionsDue', {
  summary: 'Whether corporate actions wait to be applied.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean(), through: SessionDate }),
  access: system,
  example: {},
});

export const dispatchActions = command('portfolio.dispatchActions', {
  summary: 'Give instruments the names of the day, and ask for one job for each part of the id space where corporate actions are due.',
  input: z.strictObject({}),
  output: z.object({ runKey: z.string(), through: SessionDate, renamed: z.int(), shards: z.array(Shard) }),
  access: system,
  audit: { entityType: 'CORPORATE_ACTION', action: 'UPDATE' },
  replay: 'none',
  example: {},
});

export const applyActions = batch('portfolio.applyActions', {
  summary: 'Apply the corporate actions that are due to the portfolios of one part of the id space, one ledger transaction each.',
  input: ActionShardDue.payload.strict(),
  output: z.object({ applied: z.int(), blocked: z.int() }),
  access: system,
  audit: { entityType: 'CORPORATE_ACTION', action: 'UPDATE' },
  example: { shard: 0, ...runExample },
});

export const takeBackAction = command('portfolio.takeBackAction', {
  summary:
    'Take back a corporate action that was entered wrongly, also one that is in effect: what it did to portfolios is reversed, in all of them or in none.',
  input: z.strictObject({ actionId: Id, reason: z.string().trim().min(1).max(200) }),
  output: z.object({ actionId: Id, portfolios: z.int().describe('In which something was reversed.') }),
  access: system,
  errors: ['NOT_FOUND', 'ACTION_IN_EFFECT', 'ACTION_BUILT_UPON', 'ACTION_TOO_WIDE'],
  audit: { entityType: 'CORPORATE_ACTION', action: 'UPDATE', idField: 'actionId' },
  example: { actionId: '00000000-0000-7000-8000-000000000004', reason: 'the ratio is 4 for 1' },
});

export const PortfolioActionView = z.object({
  actionId: Id,
  symbol: z.string(),
  kind: ActionKind,
  exDate: SessionDate,
  effectiveDate: SessionDate,
  status: z
    .enum(['DUE', 'BLOCKED', 'APPLIED', 'NOTHING'])
    .describe('BLOCKED: it waits for what `reason` says. NOTHING: nothing was held, or it came to less than the smallest unit.'),
  quantity: Decimal.nullable().describe('Units it was reckoned for.'),
  transactionId: Id.nullable(),
  reason: z.string().nullable(),
});

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };

export const actions = query('portfolio.actions', {
  summary: 'What corporate actions did to a portfolio, and what they wait for, the latest first.',
  input: z.strictObject({ portfolioId: Id, limit: PageLimit }),
  output: z.object({ items: z.array(PortfolioActionView) }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const DividendChoice = z.enum(['CASH', 'REINVEST']);

export const setDividendChoice = command('portfolio.setDividendChoice', {
  summary: 'Say whether dividends come as cash or buy more units, at the close of the day they are paid.',
  input: z.strictObject({ portfolioId: Id, choice: DividendChoice }),
  output: z.object({ portfolioId: Id, choice: DividendChoice }),
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE'],
  audit: { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' },
  example: { ...example, choice: 'REINVEST' },
});
