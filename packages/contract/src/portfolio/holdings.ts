import { z } from 'zod';
import { query, scope } from '../declaration.ts';
import { Decimal, Id, InstrumentSymbol, SessionDate } from '../fields.ts';
import { PositionView, UsedRates } from './portfolio.ts';

const example = { portfolioId: '00000000-0000-7000-8000-000000000001' };

export const OpenPositionView = PositionView.extend({
  availableQuantity: Decimal.describe('What may be sold: the rest is reserved.'),
  reservedQuantity: Decimal,
  lots: z
    .object({ count: z.int(), oldest: SessionDate, cost: Decimal.describe('Of what is left when the oldest units left first.') })
    .nullable()
    .describe(
      'Units bought together, first in, first out. Null where more entries made them than are replayed here: see `portfolio.lots`.',
    ),
});

export const positions = query('portfolio.positions', {
  summary: 'What a portfolio holds at the valuation date: quantity, price, value, what is reserved, and its lots in short.',
  input: z.strictObject({ portfolioId: Id }),
  output: z.object({ valuationDate: SessionDate, items: z.array(OpenPositionView), ...UsedRates }),
  access: scope('read'),
  errors: ['NOT_FOUND'],
  example,
});

export const LotOrder = z.enum(['FIFO', 'LIFO', 'HIFO']);

export const LotView = z.object({
  openedOn: SessionDate,
  quantity: Decimal.describe('What is left of the lot.'),
  cost: Decimal.describe('Of what is left, in the base currency, fees included.'),
});

export const lots = query('portfolio.lots', {
  summary:
    'The lots of one instrument, replayed from the ledger in an order of choice. Average cost, which gains are booked by, stays as it is; quantity and all that was ever paid are the same in every order.',
  input: z
    .strictObject({
      portfolioId: Id,
      instrumentId: Id.optional(),
      symbol: InstrumentSymbol.optional(),
      order: LotOrder.default('FIFO').describe('Which lot leaves first: the oldest, the newest, the dearest a unit.'),
    })
    .refine(({ instrumentId, symbol }) => (instrumentId === undefined) !== (symbol === undefined), 'either instrumentId or symbol'),
  output: z.object({
    portfolioId: Id,
    instrumentId: Id,
    symbol: z.string(),
    order: LotOrder,
    quantity: Decimal.describe('All that is held, reserved or not: the sum of the lots.'),
    purchasedCost: Decimal.describe('Of all that ever came in: `openCost` and `relievedCost` together.'),
    openCost: Decimal,
    relievedCost: Decimal.describe('Of all that left, by this order.'),
    lots: z.array(LotView).describe('Oldest first.'),
  }),
  access: scope('read'),
  errors: ['NOT_FOUND', 'TOO_MANY_ENTRIES'],
  example: { ...example, symbol: 'DEMO' },
});
