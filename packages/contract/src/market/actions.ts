import { z } from 'zod';
import { command, operator, query, scope } from '../declaration.ts';
import { event } from '../event.ts';
import {
  CurrencyCode,
  Decimal,
  Id,
  InstrumentSymbol,
  NonNegativeAmount,
  PageLimit,
  pageOf,
  PositiveAmount,
  SessionDate,
} from '../fields.ts';

export const ActionKind = z.enum(['DIVIDEND', 'SPLIT', 'SYMBOL_CHANGE', 'SPIN_OFF', 'DELISTING']);
export const ActionStatus = z.enum(['ANNOUNCED', 'APPLIED', 'CANCELLED']);

const Part = z.int().min(1).max(1_000_000_000);

const RecordActionFields = z.strictObject({
  symbol: InstrumentSymbol,
  kind: ActionKind,
  exDate: SessionDate.describe('From this day on the instrument trades without, or after, what is announced.'),
  recordDate: SessionDate.optional(),
  payDate: SessionDate.optional().describe('DIVIDEND: when it is paid; the ex date when left out.'),
  amount: NonNegativeAmount.optional().describe(
    'DIVIDEND: for each unit, above zero. DELISTING: the last price; 0 or left out writes the position off.',
  ),
  currency: CurrencyCode.optional().describe("Of the amount; the instrument's when left out."),
  withholdingPct: z
    .number()
    .min(0)
    .max(100)
    .multipleOf(0.0001)
    .optional()
    .describe('DIVIDEND: tax withheld at the source, percent: 15 is 15 %.'),
  ratioFrom: Part.optional().describe('SPLIT, SPIN_OFF: for so many units held …'),
  ratioTo: Part.optional().describe('… there are so many new ones: 7 for 1, or 1 for 10 in a reverse split.'),
  fractionPrice: PositiveAmount.optional().describe(
    'SPLIT, SPIN_OFF: fractions of a unit are paid out at this price for a whole new one. Left out, they are kept down to 8 digits.',
  ),
  newSymbol: InstrumentSymbol.optional().describe('SYMBOL_CHANGE: the new name. SPIN_OFF: the instrument that is spun off, listed before.'),
  costPart: z.int().min(0).max(1_000_000_000).optional().describe('SPIN_OFF: so many parts of …'),
  costWhole: Part.optional().describe('… so many of the cost go with what is spun off.'),
});

type Field = keyof typeof RecordActionFields.shape;

/** By kind: what must be said, and what else may be. */
const FIELDS: Readonly<Record<z.output<typeof ActionKind>, { readonly must: readonly Field[]; readonly may: readonly Field[] }>> = {
  DIVIDEND: { must: ['amount'], may: ['payDate', 'currency', 'withholdingPct'] },
  SPLIT: { must: ['ratioFrom', 'ratioTo'], may: ['fractionPrice'] },
  SYMBOL_CHANGE: { must: ['newSymbol'], may: [] },
  SPIN_OFF: { must: ['newSymbol', 'ratioFrom', 'ratioTo', 'costPart', 'costWhole'], may: ['fractionPrice'] },
  DELISTING: { must: [], may: ['amount', 'currency'] },
};
const ALWAYS: readonly string[] = ['symbol', 'kind', 'exDate', 'recordDate'];

const RecordActionInput = RecordActionFields.superRefine((action, { addIssue }) => {
  const { must, may } = FIELDS[action.kind];
  for (const path of must) if (action[path] === undefined) addIssue({ code: 'custom', path: [path], message: `needed for ${action.kind}` });
  for (const [path, value] of Object.entries(action)) {
    const isKnown = [...ALWAYS, ...must, ...may].includes(path);
    if (value !== undefined && !isKnown) addIssue({ code: 'custom', path: [path], message: `says nothing for ${action.kind}` });
  }
  const { kind, exDate, payDate, amount, ratioFrom, ratioTo, costPart = 0, costWhole = costPart } = action;
  if (payDate !== undefined && payDate < exDate) addIssue({ code: 'custom', path: ['payDate'], message: 'not before the ex date' });
  if (kind === 'DIVIDEND' && amount !== undefined && !/[1-9]/.test(amount))
    addIssue({ code: 'custom', path: ['amount'], message: 'above zero' });
  if (kind === 'SPLIT' && ratioFrom === ratioTo) addIssue({ code: 'custom', path: ['ratioTo'], message: 'another number than ratioFrom' });
  if (costPart > costWhole) addIssue({ code: 'custom', path: ['costPart'], message: 'at most costWhole' });
});

export const ActionView = z.object({
  id: Id,
  symbol: z.string().describe('The name of the instrument now.'),
  kind: ActionKind,
  status: ActionStatus,
  exDate: SessionDate,
  recordDate: SessionDate.nullable(),
  payDate: SessionDate.nullable(),
  amount: Decimal.nullable(),
  currency: z.string().nullable(),
  withholdingPct: z.number().nullable(),
  ratioFrom: z.int().nullable(),
  ratioTo: z.int().nullable(),
  fractionPrice: Decimal.nullable(),
  oldSymbol: z.string().nullable().describe('SYMBOL_CHANGE: the name until then. It still finds the instrument.'),
  newSymbol: z.string().nullable(),
  costPart: z.int().nullable(),
  costWhole: z.int().nullable(),
});

const audit = { entityType: 'CORPORATE_ACTION', action: 'CREATE' } as const;

export const recordAction = command('market.recordAction', {
  summary: 'Enter a corporate action. On its day it is applied to every portfolio that holds the instrument.',
  input: RecordActionInput,
  output: ActionView,
  access: operator('operate'),
  errors: ['NOT_FOUND', 'ACTION_EXISTS', 'SYMBOL_TAKEN', 'CURRENCY_MISMATCH', 'INVALID_INPUT'],
  audit,
  example: { symbol: 'DEMO', kind: 'SPLIT', exDate: '2026-06-09', ratioFrom: 1, ratioTo: 7 },
});

export const cancelAction = command('market.cancelAction', {
  summary: 'Take an announced action back, as long as its ex date has not come.',
  input: z.strictObject({ actionId: Id }),
  output: ActionView,
  access: operator('operate'),
  errors: ['NOT_FOUND', 'ACTION_IN_EFFECT'],
  audit: { ...audit, action: 'UPDATE', idField: 'actionId' },
  example: { actionId: '00000000-0000-7000-8000-000000000004' },
});

export const actions = query('market.actions', {
  summary: 'Corporate actions, the latest ex date first: of one instrument, by its present or a former symbol, or of all.',
  input: z.strictObject({
    symbol: InstrumentSymbol.optional(),
    from: SessionDate.optional(),
    to: SessionDate.optional(),
    limit: PageLimit,
  }),
  output: pageOf(ActionView).omit({ nextCursor: true }),
  access: scope('read'),
  example: { symbol: 'DEMO' },
});

/** An action was entered or taken back. What it does to a portfolio is told by `portfolio.ActionApplied`. */
export const ActionChanged = event('market.ActionChanged', {
  aggregateType: 'CORPORATE_ACTION',
  audience: 'everyone',
  payload: z.object({ actionId: Id, instrumentId: Id, exDate: SessionDate, status: ActionStatus }),
});
