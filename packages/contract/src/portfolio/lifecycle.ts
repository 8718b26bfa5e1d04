import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { event } from '../event.ts';
import { Id, InstrumentSymbol, Name } from '../fields.ts';
import { PortfolioView } from './portfolio.ts';

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };
const audit = { entityType: 'PORTFOLIO', action: 'UPDATE', idField: 'portfolioId' } as const;

export const PortfolioChanged = event('portfolio.PortfolioChanged', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id }),
});

export const rename = command('portfolio.rename', {
  summary: 'Give a portfolio another name, and a description or none.',
  input: z.strictObject({ portfolioId: Id, name: Name, description: z.string().trim().min(1).max(500).nullable().optional() }),
  output: PortfolioView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE'],
  audit,
  example: { ...example, name: 'Retirement 2050' },
});

/** Percent with at most four decimals, as the specification's columns hold it. */
const Percent = z.number().gt(0).max(100).multipleOf(0.0001).describe('Percent: 60 is 60 %.');

export const TargetView = z.object({
  portfolioId: Id,
  allocationTarget: z.record(z.string(), z.number()).describe('Percent by symbol; what is missing to 100 stays cash.'),
  autoRebalanceEnabled: z.boolean(),
  rebalanceThreshold: z.number().nullable().describe('Percentage points of drift that a rebalance answers to.'),
});

export const setTarget = command('portfolio.setTarget', {
  summary: 'Say how the portfolio shall be divided among instruments; the rest stays cash.',
  input: z.strictObject({
    portfolioId: Id,
    allocationTarget: z.record(InstrumentSymbol, Percent).refine((target) => Object.keys(target).length <= 100, 'at most 100 instruments'),
    autoRebalanceEnabled: z.boolean().optional(),
    rebalanceThreshold: Percent.nullable().optional(),
  }),
  output: TargetView,
  access: scope('write'),
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'INVALID_INPUT'],
  audit,
  example: { ...example, allocationTarget: { DEMO: 60 } },
});

const changeOfStatus = {
  input: z.strictObject({ portfolioId: Id }),
  output: PortfolioView,
  access: scope('write'),
  audit,
  example,
};

export const suspend = command('portfolio.suspend', {
  summary: 'No more purchases, until it is resumed. Sales, deposits and withdrawals go on. Suspending twice changes nothing.',
  ...changeOfStatus,
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE'],
});

export const resume = command('portfolio.resume', {
  summary: 'End a suspension.',
  ...changeOfStatus,
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE'],
});

export const close = command('portfolio.close', {
  summary: 'Close a portfolio for good. It must be flat: no cash, no holdings, nothing reserved.',
  ...changeOfStatus,
  errors: ['NOT_FOUND', 'PORTFOLIO_NOT_ACTIVE', 'PORTFOLIO_NOT_FLAT'],
});
